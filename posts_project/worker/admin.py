"""Background jobs in the admin site: what waits, runs and failed; administrators let the failed run again."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from unfold.decorators import display

from posts_project.staff.admin import LookOnly
from posts_project.worker import jobs
from shared.fields import parse_id
from shared.staff_actions import confirmed

SHOWN_EVENTS = 50

# procrastinate's own page counts all rows, reads all to find what to filter by, and lets nobody ask twice.
admin.site.unregister(ProcrastinateJob)


class TaskFilter(admin.SimpleListFilter):
    """Of the tasks there are; Django's would read the whole table to find them."""

    title = "task"
    parameter_name = "task"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(app.tasks) if not name.startswith("builtin:")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(task_name=self.value()) if self.value() in app.tasks else queryset


@admin.register(ProcrastinateJob)
class JobAdmin(LookOnly):
    list_display = ("id", "task_name", "state", "attempts", "scheduled_at", "args")
    list_filter = ("status", TaskFilter)
    search_fields = ("id",)
    search_help_text = "The id of a job, as it stands in the log, or the beginning of a task's name."
    fields = (
        "id", "task_name", "state", "args", "attempts", "scheduled_at", "priority", "queueing_lock", "worker",
        "history",
    )  # fmt: skip
    readonly_fields = fields
    actions = ("retry",)
    actions_detail = ("retry",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if (number := parse_id(term)) is not None:
            return queryset.filter(id=number), False
        return queryset.filter(task_name__startswith=term) if term else queryset, False

    @display(
        description="state",
        label={
            "todo": "info", "doing": "info", "succeeded": "success", "failed": "danger", "cancelled": "warning",
            "aborted": "warning",
        },
    )  # fmt: skip
    def state(self, job: ProcrastinateJob) -> str:
        return str(job.status)

    @admin.display(description="what happened, newest first")
    def history(self, job: ProcrastinateJob) -> str:
        events = job.procrastinateevent_set.order_by("-id")[:SHOWN_EVENTS]
        return "\n".join(f"{event.at:%Y-%m-%d %H:%M:%S} UTC: {event.type}" for event in events)

    @confirmed(
        description="Run again",
        explanation="A failed job was tried as often as it makes sense. Mend the cause first: it stands in the log,"
        " under the id of the job. Every job may be repeated: what it has done already it does not do twice.",
        icon="replay",
    )
    def retry(self, request: HttpRequest, job: ProcrastinateJob, _: dict[str, Any]) -> str:
        jobs.retry(job.pk)
        return "runs as soon as a worker is free"
