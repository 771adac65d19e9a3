"""Sessions in the admin site: where somebody is signed in, and an end to it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from auth_project.accounts import selectors as users
from auth_project.staff.admin import LookOnly
from auth_project.tokens import services
from auth_project.tokens.models import Session
from shared.fields import parse_id
from shared.staff_actions import confirmed


@admin.register(Session)
class SessionAdmin(LookOnly):
    # The hashes of tokens are nobody's business, so the fields are named one by one.
    fields = ["user", "created_at", "last_used_at", "expires_at", "ip", "user_agent", "ended_at", "end_reason"]
    list_display = ["user", "state", "ip", "user_agent", "created_at", "last_used_at"]
    list_display_links = ["created_at"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    # Ninety days after the beginning, so the same order, and the one that has an index.
    ordering = ["-expires_at"]
    search_fields = ["user__username_ci"]
    search_help_text = "A username, an e-mail address or the id of a user."
    actions = ["end"]
    actions_detail = ["end"]
    actions_row = ["end"]

    @display(description="state", label={"live": "success", "over": "info"})
    def state(self, session: Session) -> str:
        is_live = not session.is_over and not session.has_expired(now=timezone.now())
        return "live" if is_live and session.user.accepts_session(born_at=session.created_at) else "over"

    @confirmed(
        description="End",
        explanation="The device is signed out: by Auth at once, by Posts as soon as it hears of it.",
        icon="logout",
    )
    def end(self, request: HttpRequest, session: Session, _: dict[str, Any]) -> str:
        services.end_session(session_id=session.pk, reason=Session.EndReason.STAFF, now=timezone.now())
        return "ended"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Session], search_term: str
    ) -> tuple[QuerySet[Session], bool]:
        """Of one user, found by an index."""
        if not (wanted := search_term.strip()):
            return queryset, False
        user = users.by_login(wanted)
        ids = [user.pk] if user else []
        return queryset.filter(user_id__in=[*ids, parse_id(wanted) or 0]), False
