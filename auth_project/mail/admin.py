"""Mails that wait, and those that could not be sent; what is sent is gone from here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from auth_project.mail import outbox
from auth_project.mail.models import Mail
from auth_project.staff.admin import LookOnly
from shared.fields import parse_id
from shared.staff_actions import confirmed


@admin.register(Mail)
class MailAdmin(LookOnly):
    fields = ["id", "to", "template", "status", "created_at", "due_at", "attempts", "last_error"]
    list_display = ["id", "template", "to", "state", "attempts", "due_at", "last_error"]
    list_filter = ["status"]
    search_fields = ["user_id"]
    search_help_text = "The id of a mail or of a user."
    actions = ["retry"]
    actions_detail = ["retry"]

    @display(description="state", label={"pending": "info", "dead": "danger"})
    def state(self, mail: Mail) -> str:
        return mail.status

    @confirmed(
        description="Send again",
        explanation="A dead mail was refused by the mail server, or not taken for a day.",
        icon="replay",
    )
    def retry(self, request: HttpRequest, mail: Mail, _: dict[str, Any]) -> str:
        return "will be sent again" if outbox.retry_dead(ids=[mail.pk], now=timezone.now()) else "is not dead"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Mail], search_term: str
    ) -> tuple[QuerySet[Mail], bool]:
        if not search_term.strip():
            return queryset, False
        wanted = parse_id(search_term.strip()) or 0
        return queryset.filter(pk=wanted) | queryset.filter(user_id=wanted), False
