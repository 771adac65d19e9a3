"""The outbox in the admin site: what waits, what was taken, what died; the dead can be sent again."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from auth_project.events import outbox
from auth_project.events.models import OutboxEvent
from auth_project.staff.admin import LookOnly
from shared.events import FROM_AUTH
from shared.fields import parse_id
from shared.staff_actions import confirmed


class TypeFilter(admin.SimpleListFilter):
    """Of the types there are; Django's would read the whole outbox to find them."""

    title = parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in FROM_AUTH]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutboxEvent]) -> QuerySet[OutboxEvent]:
        return queryset.filter(type=self.value()) if self.value() in FROM_AUTH else queryset


@admin.register(OutboxEvent)
class OutboxEventAdmin(LookOnly):
    list_display = ["id", "type", "user_id", "state", "attempts", "due_at", "last_error"]
    list_filter = ["status", TypeFilter]
    search_fields = ["user_id"]
    search_help_text = "The id of an event or of a user."
    actions = ["retry"]
    actions_detail = ["retry"]

    @display(description="state", label={"pending": "info", "delivered": "success", "dead": "danger"})
    def state(self, event: OutboxEvent) -> str:
        return event.status

    @confirmed(
        description="Send again",
        explanation="A dead event was refused by Posts, or not taken for a day. Mend the cause first: it stands beside"
        " the event. Posts knows an event that it has seen, so nothing happens twice.",
        icon="replay",
    )
    def retry(self, request: HttpRequest, event: OutboxEvent, _: dict[str, Any]) -> str:
        retried = outbox.retry_dead(ids=[event.pk], now=timezone.now())
        return "will be sent again" if retried else "is not dead"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[OutboxEvent], search_term: str
    ) -> tuple[QuerySet[OutboxEvent], bool]:
        if not search_term.strip():
            return queryset, False
        wanted = parse_id(search_term.strip()) or 0
        return queryset.filter(pk=wanted) | queryset.filter(user_id=wanted), False
