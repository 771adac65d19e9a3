"""`/api/v1/filters`."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from posts_project.authentication import signed_in
from posts_project.conditional import require_match, single_object
from posts_project.filters import selectors, services
from posts_project.filters.models import Filter
from posts_project.filters.serializers import FilterEdit, FilterInput, FilterOutput
from posts_project.filters.services import TooManyFilters
from posts_project.openapi import ETAG_PARAMETERS, MATCH_PARAMETERS, PAGE_PARAMETERS, paged
from posts_project.parameters import path_id
from posts_project.profiles.services import fill
from posts_project.profiles.services.fill import AccountInactive
from posts_project.throttling.quotas import KEEP
from shared.openapi import problems
from shared.pagination import Keyset
from shared.problems import PreconditionFailed
from shared.views import ApiView


class FiltersView(ApiView):
    quotas = {"POST": [KEEP]}

    @extend_schema(operation_id="filters", parameters=PAGE_PARAMETERS, responses=paged(FilterOutput))
    def get(self, request: Request) -> Response:
        """The viewer's filters that are in force, newest first."""
        who = signed_in(request)
        page = Keyset.from_request(request, scope=f"filters:{who.user_id}")
        found = selectors.filters(who.user_id, page, now=timezone.now())
        return page.respond(found, position=lambda one: one.id, render=lambda kept: [_body(one) for one in kept])

    @extend_schema(
        operation_id="create_filter",
        request=FilterInput,
        responses={201: FilterOutput, **problems(TooManyFilters, AccountInactive)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Hide or be warned of posts of others that hold a phrase; at most a hundred filters can be kept."""
        body = FilterInput(data=request.data)
        body.is_valid(raise_exception=True)
        profile = fill.acting(signed_in(request))
        created = services.create(profile=profile, values=body.validated_data, now=timezone.now())
        response = single_object(request, _body(created), status=201)
        response.headers["Location"] = f"/api/v1/filters/{created.id}"
        return response


class FilterView(ApiView):
    quotas = {"PATCH": [KEEP], "DELETE": [KEEP]}

    @extend_schema(operation_id="filter", parameters=ETAG_PARAMETERS, responses=FilterOutput)
    def get(self, request: Request, filter_id: str) -> HttpResponse:
        """One of the viewer's filters."""
        who = signed_in(request)
        return single_object(request, _body(selectors.own(path_id(filter_id), who.user_id, now=timezone.now())))

    @extend_schema(
        operation_id="edit_filter",
        parameters=MATCH_PARAMETERS,
        request=FilterEdit,
        responses={200: FilterOutput, **problems(AccountInactive, PreconditionFailed)},
    )
    def patch(self, request: Request, filter_id: str) -> HttpResponse:
        """Change what is named; all else stays as it is."""
        body = FilterEdit(data=request.data)
        body.is_valid(raise_exception=True)
        changed = services.change(
            filter_id=path_id(filter_id),
            profile=fill.acting(signed_in(request)),
            changes=body.validated_data,
            now=timezone.now(),
            precondition=_unchanged(request),
        )
        return single_object(request, _body(changed))

    @extend_schema(
        operation_id="delete_filter",
        parameters=MATCH_PARAMETERS,
        request=None,
        responses={204: None, **problems(AccountInactive, PreconditionFailed)},
    )
    def delete(self, request: Request, filter_id: str) -> HttpResponse:
        """Meet again what it kept away."""
        services.delete(
            filter_id=path_id(filter_id),
            profile=fill.acting(signed_in(request)),
            now=timezone.now(),
            precondition=_unchanged(request),
        )
        return HttpResponse(status=204)


def _body(shown: Filter) -> dict[str, Any]:
    return dict(FilterOutput(shown).data)


def _unchanged(request: Request) -> Callable[[Filter], None]:
    """`If-Match`, to be checked while the filter is locked."""
    return lambda locked: require_match(request, _body(locked))
