"""Posts in the admin site: found by author or id, filtered, and removed the way their authors would."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.decorators import action

from posts_project.posts import selectors
from posts_project.posts import text as texts
from posts_project.posts.models import Post
from posts_project.posts.services import edit
from posts_project.profiles.selectors import ids_by_beginning
from posts_project.staff.admin import LookOnly
from shared.fields import parse_id
from shared.snowflakes import least_id_at

SHOWN_CHARACTERS = 120


class WrittenFilter(admin.SimpleListFilter):
    """By id, whose first bits are the moment of writing: that is an index."""

    title = parameter_name = "written"
    days = {"1": "In the last day", "7": "In the last 7 days", "30": "In the last 30 days"}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(self.days.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> QuerySet[Post]:
        if self.value() not in self.days:
            return queryset
        return queryset.filter(id__gte=least_id_at(timezone.now() - timedelta(days=int(str(self.value())))))


@admin.register(Post)
class PostAdmin(LookOnly):
    list_display = ("id", "author", "beginning", "visibility", "sensitive", "created_at", "edited_at", "hidden_at")
    list_filter = ("visibility", WrittenFilter, "reply_policy", "sensitive")
    list_select_related = ("author",)
    search_fields = ("author__username",)
    search_help_text = (
        "The id of a post or author, the beginning of an author's username, a #tag, or a username and the beginning of"
        " a text: ada hello."
    )
    fields = (
        "id", "author", "text", "spoiler_text", "visibility", "reply_policy", "in_reply_to", "quote_of", "sensitive",
        "language", "tags", "mentions", "links", "poll", "created_at", "edited_at", "hidden_at",
    )  # fmt: skip
    actions = ("remove",)
    actions_list = ("tags_in_use",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Post], search_term: str
    ) -> tuple[QuerySet[Post], bool]:
        """Every way has an index: two million texts are not read for a word."""
        term = search_term.strip()
        return (queryset.filter(_wanted(term)) if term else queryset), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @admin.display(description="text")
    def beginning(self, post: Post) -> str:
        return post.text[:SHOWN_CHARACTERS]

    @admin.display
    def created_at(self, post: Post) -> Any:
        return post.created_at

    @action(description="Tags in use", url_path="tags", permissions=["view"], icon="tag")
    def tags_in_use(self, request: HttpRequest) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": "Tags in use", "opts": self.opts}
        return TemplateResponse(request, "posts/tags.html", context | {"tags": selectors.tags_in_use()})

    @admin.action(description="Remove the selected posts", permissions=["view"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        removed = sum(edit.remove_if_there(post.pk) for post in queryset)
        self.message_user(request, f"Removed {removed} posts.", messages.SUCCESS)


def _wanted(term: str) -> Q:
    if term.startswith("#"):
        return Q(tag_rows__name=texts.tag_name(term) or "")
    if (number := parse_id(term)) is not None:
        return Q(id=number) | Q(author_id=number)
    name, _, beginning = term.removeprefix("@").partition(" ")
    if beginning:
        return Q(author__username=name.lower(), text__istartswith=beginning.strip())
    return Q(author_id__in=ids_by_beginning(name))
