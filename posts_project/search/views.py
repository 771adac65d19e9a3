"""`/api/v1/search`: open to all; a viewer's token adds their own posts, and leaves out whom they block or mute."""

import hashlib
from dataclasses import replace

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request

from posts_project.openapi import PAGE_PARAMETERS
from posts_project.pages import list_response
from posts_project.posts import rows
from posts_project.profiles.selectors import short
from posts_project.search import posts, profiles, tags
from posts_project.search.query import MAX_QUERY, parse
from posts_project.search.serializers import SearchPage
from posts_project.throttling.quotas import SEARCH
from shared.bearer import viewer
from shared.pagination import Keyset
from shared.problems import FieldError, ValidationProblem
from shared.views import ApiView

KINDS = ("posts", "profiles", "tags")

PARAMETERS = [
    OpenApiParameter(
        "q", {"type": "string", "minLength": 1, "maxLength": MAX_QUERY}, required=True,
        description='What is looked for. Of posts: words, `"a phrase"`, `beginning*`, `-without`, `from:name`, '
        "`tag:name`, `before:2026-11-30`, `after:2026-11-01` (that day included, UTC); all else is literal.",
    ),
    OpenApiParameter("type", {"type": "string", "enum": list(KINDS), "default": KINDS[0]}, description="Of what kind."),
    *PAGE_PARAMETERS,
]  # fmt: skip


class SearchView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]
    quotas = {"GET": [SEARCH]}

    @extend_schema(operation_id="search", parameters=PARAMETERS, responses=SearchPage)
    def get(self, request: Request) -> HttpResponse:
        """Public posts and one's own, those with the words side by side first and each kind newest first; profiles by
        their names; or tags by their beginning."""
        kind, text, who = _kind(request), _text(request), viewer(request).user_id
        if kind == "profiles":
            page = _page(request, kind, text, str)
            found = profiles.found(text, page, viewer_id=who)
            return list_response(page.page(found, position=profiles.place), lambda row: short(*row[1:]))
        if kind == "tags":
            page = _page(request, kind, text, str)
            found = tags.found(text, page, viewer_id=who)
            return list_response(page.page(found, position=tags.name), lambda row: {"name": row[0]})
        page = _page(request, kind, text, int)
        found = posts.found(parse(text), page, viewer_id=who, now=timezone.now())
        cut = page.page(found, position=rows.position)
        return list_response(replace(cut, rows=[row for row in cut.rows if not rows.is_hidden(row)]), rows.post)


def _kind(request: Request) -> str:
    kind = request.query_params.get("type", KINDS[0])
    if kind not in KINDS:
        detail = f"Must be one of: {', '.join(KINDS)}."
        raise ValidationProblem(FieldError(field="type", code="invalid_choice", detail=detail))
    return kind


def _text(request: Request) -> str:
    text = request.query_params.get("q")
    if text is None:
        raise ValidationProblem(FieldError(field="q", code="required", detail="Say what is looked for."))
    if not text.strip():
        raise ValidationProblem(FieldError(field="q", code="blank", detail="Must not be blank."))
    if len(text) > MAX_QUERY:
        detail = f"Must have at most {MAX_QUERY} characters."
        raise ValidationProblem(FieldError(field="q", code="max_length", detail=detail))
    return text


def _page(request: Request, kind: str, text: str, positions: type) -> Keyset:
    asked = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return Keyset.from_request(request, scope=f"search:{kind}:{asked}", positions=positions)
