"""URL helpers of both services: optional trailing slashes, and the API documents."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from shared.health import read_only

# Swagger UI comes from our own static files, what starts it from `/api/docs?script=`; its page has styles in itself.
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def api(route: str, view: Callable[..., HttpResponseBase], *, name: str | None = None) -> URLPattern:
    """A path such as `api/v1/posts/<post_id>`, with or without a trailing slash; never a redirect of a POST."""
    pattern = ""
    for segment in route.split("/"):
        is_parameter = segment.startswith("<") and segment.endswith(">")
        pattern += ("/" if pattern else "") + (rf"(?P{segment}[^/]+)" if is_parameter else segment)
    return re_path(rf"^{pattern}/?$", view, name=name)


def api_documents() -> list[URLPattern]:
    """`/api/schema` (OpenAPI 3.1) and `/api/docs` (Swagger UI, from our own files: no CDN)."""
    return [
        api("api/schema", read_only(SpectacularAPIView.as_view()), name="schema"),
        api("api/docs", read_only(_with_docs_policy(_SwaggerView.as_view())), name="docs"),
        path("", read_only(RedirectView.as_view(pattern_name="docs"))),
        path("favicon.ico", read_only(_no_icon)),
    ]


class _SwaggerView(SpectacularSwaggerSplitView):
    url_name = "schema"


def _no_icon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for one on every page; none is an answer, 404 would look like a fault."""
    return HttpResponse(status=204)


def _with_docs_policy(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    def with_policy(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers["Content-Security-Policy"] = _DOCS_POLICY
        return response

    return with_policy
