"""The audit in the admin site: for all staff to search and look at. Nobody adds to it, changes or deletes anything."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from auth_project.acting import By
from auth_project.audit.events import FAILURES, Event, Outcome
from auth_project.audit.models import AuditEntry
from auth_project.staff.admin import LookOnly
from shared.fields import parse_id
from shared.snowflakes import least_id_at

SINCE = {"1": "In the last day", "7": "In the last 7 days", "30": "In the last 30 days"}


class EventFilter(admin.SimpleListFilter):
    title = parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(event, event) for event in Event.values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(event=self.value()) if self.value() in Event.values else queryset


class OutcomeFilter(admin.SimpleListFilter):
    """By the events that are failures: those have an index."""

    title = parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(outcome, outcome) for outcome in Outcome.values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        events = {Outcome.FAILURE: FAILURES, Outcome.SUCCESS: set(Event) - FAILURES}.get(self.value())  # type: ignore[call-overload]
        return queryset.filter(event__in=sorted(events)) if events else queryset


class SinceFilter(admin.SimpleListFilter):
    """By id, whose first bits are the moment: that is an index."""

    title, parameter_name = "date", "since"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(SINCE.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        if self.value() not in SINCE:
            return queryset
        return queryset.filter(pk__gte=least_id_at(timezone.now() - timedelta(days=int(str(self.value())))))


@admin.register(AuditEntry)
class AuditEntryAdmin(LookOnly):
    list_display = ["at", "event", "how", "account", "who", "ip", "user_agent", "seq"]
    list_display_links = ["at"]
    list_filter = [EventFilter, OutcomeFilter, SinceFilter]
    search_fields = ["user_id"]
    search_help_text = "The username or the id of a user: what happened to them, and what they did as staff."
    fieldsets = [
        (None, {"fields": ["id", "at", "event", "how", "account", "detail"]}),
        ("By whom, and from where", {"fields": ["by", "by_id", "ip", "user_agent"]}),
        (
            "In the chain",
            {"fields": ["seq", "previous", "hash", "about_seal", "source_seal", "about_erased_by", "source_erased_by"]},
        ),
    ]

    @display(description="outcome", label={"success": "success", "failure": "danger"})
    def how(self, entry: AuditEntry) -> str:
        return entry.outcome

    @display(description="account")
    def account(self, entry: AuditEntry) -> str:
        if entry.user_id is None:
            return "erased" if entry.about_erased_by else "-"
        return _named(entry.user_id)

    @display(description="by")
    def who(self, entry: AuditEntry) -> str:
        if entry.by == By.STAFF and (user_id := parse_id(entry.by_id)):
            return f"{entry.by}: {_named(user_id)}"
        return f"{entry.by}: {entry.by_id}" if entry.by_id else entry.by

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        if not (wanted := search_term.strip()):
            return queryset, False
        ids = [parse_id(wanted) or 0, _id_of(wanted)]
        return queryset.filter(Q(user_id__in=ids) | Q(by_id__in=[str(one) for one in ids])), False


def _named(user_id: int) -> str:
    """One look-up by its key for each row of a page."""
    user = get_user_model()._default_manager.filter(pk=user_id).first()
    return str(user) if user is not None else str(user_id)


def _id_of(username: str) -> int:
    users: Any = get_user_model()  # whose manager knows names, which that of any user model need not
    try:
        return int(users.objects.get_by_natural_key(username).pk)
    except users.DoesNotExist:
        return 0
