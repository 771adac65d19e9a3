"""Pictures in the admin site, shown small: found by their owner, their post or their id."""

import base64
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from posts_project.media import files
from posts_project.media.models import Medium
from posts_project.profiles.selectors import ids_by_beginning
from posts_project.staff.admin import LookOnly
from shared import snowflakes
from shared.fields import parse_id


class UsedFilter(admin.SimpleListFilter):
    title, parameter_name = "use", "used"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "In a post"), ("no", "In none")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Medium]) -> QuerySet[Medium]:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(post_id__isnull=self.value() == "no")


@admin.register(Medium)
class MediumAdmin(LookOnly):
    # Each preview is a file that is read.
    list_per_page = 20
    list_display = ("id", "preview", "owner", "type", "size", "post_id", "alt_text", "created_at")
    list_filter = ("type", UsedFilter)
    list_select_related = ("owner",)
    search_fields = ("owner__username",)
    search_help_text = "The beginning of its owner's username, or the id of a picture, post or owner."
    fields = ("id", "preview", "owner", "post_id", "position", "type", "size", "alt_text", "focus", "created_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Medium], search_term: str
    ) -> tuple[QuerySet[Medium], bool]:
        """Every way has an index."""
        term = search_term.strip().removeprefix("@").lower()
        return (queryset.filter(_wanted(term)) if term else queryset), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @admin.display
    def preview(self, medium: Medium) -> str:
        """The page's policy lets no picture in from elsewhere, so it has this one within."""
        content = files.thumbnail(medium.stem)
        thumbnail = base64.b64encode(content).decode() if content else ""
        return render_to_string("media/preview.html", {"thumbnail": thumbnail, "alt_text": medium.alt_text})

    @admin.display
    def size(self, medium: Medium) -> str:
        return f"{medium.width} x {medium.height}"

    @admin.display
    def created_at(self, medium: Medium) -> Any:
        return snowflakes.created_at(medium.id)


def _wanted(term: str) -> Q:
    if (number := parse_id(term)) is not None:
        return Q(id=number) | Q(post_id=number) | Q(owner_id=number)
    return Q(owner_id__in=ids_by_beginning(term))
