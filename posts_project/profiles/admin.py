"""Profiles in the admin site: found by the beginning of a name or by id; what they say is Auth's to change."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from posts_project.events.models import EventPosition
from posts_project.events.services import subject_of
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
        "created_at", "version", "is_pulled", "posts", "followers", "following", "newest_event",
    )  # fmt: skip
    readonly_fields = ("posts", "followers", "following", "newest_event")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Profile], search_term: str
    ) -> tuple[QuerySet[Profile], bool]:
        """By prefix or id: both have an index."""
        term = search_term.strip().removeprefix("@").lower()
        return queryset.filter(Q(username__startswith=term) | Q(id=parse_id(term))) if term else queryset, False

    @admin.display
    def posts(self, profile: Profile) -> int:
        return self._counts(profile)["posts"]

    @admin.display
    def followers(self, profile: Profile) -> int:
        return self._counts(profile)["followers"]

    @admin.display
    def following(self, profile: Profile) -> int:
        return self._counts(profile)["following"]

    @admin.display(description="what Auth told last")
    def newest_event(self, profile: Profile) -> str:
        """Those whose number is above what has arrived are on their way, or were lost and are being asked for."""
        known = EventPosition.objects.filter(subject=subject_of(profile.id)).first()
        if known is None:
            return f"version {profile.version}"
        return f"version {profile.version}; events up to {known.sequence}{', behind' if known.is_behind else ''}"

    def _counts(self, profile: Profile) -> dict[str, int]:
        """Asked for once a page."""
        if not hasattr(profile, "shown_counts"):
            profile.shown_counts = selectors.counts(profile.id)  # type: ignore[attr-defined]
        return profile.shown_counts  # type: ignore[attr-defined]
