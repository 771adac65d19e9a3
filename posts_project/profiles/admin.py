"""Profiles in the admin site: found by the beginning of a name or by id; what they say is Auth's to change."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from posts_project.profiles import selectors
from posts_project.profiles.models import Profile
from posts_project.staff.admin import LookOnly
from shared.fields import parse_id


@admin.register(Profile)
class ProfileAdmin(LookOnly):
    list_display = ("username", "display_name", "state", "is_limited", "is_private", "is_pulled", "created_at")
    list_filter = ("state", "is_limited", "is_private", "is_pulled")
    search_fields = ("username",)
    search_help_text = "The beginning of a username, or an id."
    fields = (
        "id", "username", "display_name", "bio", "avatar_url", "is_private", "state", "told_state", "is_limited",
        "created_at", "version", "is_pulled", "followers",
    )  # fmt: skip
    readonly_fields = ("followers",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Profile], search_term: str
    ) -> tuple[QuerySet[Profile], bool]:
        """By prefix or id: both have an index."""
        term = search_term.strip().removeprefix("@").lower()
        return queryset.filter(Q(username__startswith=term) | Q(id=parse_id(term))) if term else queryset, False

    @admin.display
    def followers(self, profile: Profile) -> int:
        return selectors.follower_count(profile.id)
