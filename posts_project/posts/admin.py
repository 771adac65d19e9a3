"""Posts in the admin site: found by author or id, filtered, and removed the way their authors would."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from posts_project.posts.models import Post
from posts_project.posts.services import edit
from posts_project.staff.admin import LookOnly
from shared.fields import parse_id

SHOWN_CHARACTERS = 120


@admin.register(Post)
class PostAdmin(LookOnly):
    list_display = ("id", "author", "beginning", "visibility", "sensitive", "created_at", "edited_at", "hidden_at")
    list_filter = ("visibility", "reply_policy", "sensitive")
    list_select_related = ("author",)
    search_fields = ("author__username",)
    search_help_text = "The beginning of its author's username, or the id of a post or author."
    fields = (
        "id", "author", "text", "spoiler_text", "visibility", "reply_policy", "in_reply_to", "quote_of", "sensitive",
        "language", "tags", "mentions", "links", "poll", "created_at", "edited_at", "hidden_at",
    )  # fmt: skip
    actions = ("remove",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Post], search_term: str
    ) -> tuple[QuerySet[Post], bool]:
        """Every way has an index: two million texts are not read for a word."""
        term = search_term.strip().removeprefix("@").lower()
        if not term:
            return queryset, False
        if (number := parse_id(term)) is not None:
            return queryset.filter(Q(id=number) | Q(author_id=number)), False
        return queryset.filter(author__username__startswith=term), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @admin.display(description="text")
    def beginning(self, post: Post) -> str:
        return post.text[:SHOWN_CHARACTERS]

    @admin.display
    def created_at(self, post: Post) -> Any:
        return post.created_at

    @admin.action(description="Remove the selected posts", permissions=["view"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        removed = sum(edit.remove_if_there(post.pk) for post in queryset)
        self.message_user(request, f"Removed {removed} posts.", messages.SUCCESS)
