"""`/api/v1/lists`: to everybody but their owner there are none. Their timelines are in `feeds`."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from posts_project.authentication import signed_in
from posts_project.conditional import require_match, single_object
from posts_project.lists import selectors, services
from posts_project.lists.models import FeedList
from posts_project.lists.serializers import ListEdit, ListInput, ListOutput
from posts_project.lists.services import TooManyLists, TooManyMembers
from posts_project.openapi import ETAG_PARAMETERS, MATCH_PARAMETERS, PAGE_PARAMETERS, paged
from posts_project.pages import list_response
from posts_project.parameters import path_id
from posts_project.profiles.selectors import short
from posts_project.profiles.serializers import ProfileShort
from posts_project.profiles.services import fill
from posts_project.profiles.services.fill import AccountInactive
from posts_project.throttling.quotas import KEEP
from shared.openapi import problems
from shared.pagination import Keyset
from shared.problems import PreconditionFailed
from shared.views import ApiView


class ListsView(ApiView):
    quotas = {"POST": [KEEP]}

    @extend_schema(operation_id="lists", parameters=PAGE_PARAMETERS, responses=paged(ListOutput))
    def get(self, request: Request) -> Response:
        """The viewer's lists, newest first."""
        who = signed_in(request)
        page = Keyset.from_request(request, scope=f"lists:{who.user_id}")
        found = selectors.lists(who.user_id, page)
        return page.respond(found, position=lambda one: one.id, render=lambda kept: [_body(one) for one in kept])

    @extend_schema(
        operation_id="create_list",
        request=ListInput,
        responses={201: ListOutput, **problems(TooManyLists, AccountInactive)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Make a list, still empty; at most fifty can be kept."""
        body = ListInput(data=request.data)
        body.is_valid(raise_exception=True)
        created = services.create(owner=fill.acting(signed_in(request)), **body.validated_data)
        response = single_object(request, _body(created), status=201)
        response.headers["Location"] = f"/api/v1/lists/{created.id}"
        return response


class ListView(ApiView):
    quotas = {"PATCH": [KEEP], "DELETE": [KEEP]}

    @extend_schema(operation_id="list", parameters=ETAG_PARAMETERS, responses=ListOutput)
    def get(self, request: Request, list_id: str) -> HttpResponse:
        """One of the viewer's lists."""
        return single_object(request, _body(selectors.own(path_id(list_id), signed_in(request).user_id)))

    @extend_schema(
        operation_id="rename_list",
        parameters=MATCH_PARAMETERS,
        request=ListEdit,
        responses={200: ListOutput, **problems(AccountInactive, PreconditionFailed)},
    )
    def patch(self, request: Request, list_id: str) -> HttpResponse:
        """Give it another name."""
        body = ListEdit(data=request.data)
        body.is_valid(raise_exception=True)
        renamed = services.rename(
            list_id=path_id(list_id),
            owner=fill.acting(signed_in(request)),
            name=body.validated_data.get("name"),
            precondition=_unchanged(request),
        )
        return single_object(request, _body(renamed))

    @extend_schema(
        operation_id="delete_list",
        parameters=MATCH_PARAMETERS,
        request=None,
        responses={204: None, **problems(AccountInactive, PreconditionFailed)},
    )
    def delete(self, request: Request, list_id: str) -> HttpResponse:
        """Remove the list; nobody on it learns of that."""
        owner = fill.acting(signed_in(request))
        services.delete(list_id=path_id(list_id), owner=owner, precondition=_unchanged(request))
        return HttpResponse(status=204)


class MembersView(ApiView):
    @extend_schema(operation_id="list_members", parameters=PAGE_PARAMETERS, responses=paged(ProfileShort))
    def get(self, request: Request, list_id: str) -> HttpResponse:
        """Who is on the list, last added first."""
        who = signed_in(request)
        feed_list = selectors.own(path_id(list_id), who.user_id)
        page = Keyset.from_request(request, scope=f"list-members:{feed_list.id}")
        rows = selectors.members(feed_list.id, page, viewer_id=who.user_id)
        return list_response(page.page(rows, position=lambda row: int(row[0])), lambda row: short(*row[1:]))


class MemberView(ApiView):
    quotas = {"PUT": [KEEP], "DELETE": [KEEP]}

    @extend_schema(
        operation_id="add_list_member",
        request=None,
        responses={200: ListOutput, **problems(TooManyMembers, AccountInactive)},
    )
    def put(self, request: Request, list_id: str, username: str) -> HttpResponse:
        """Put somebody on the list, at most five hundred; they need not be followed, and twice is as once."""
        who = signed_in(request)
        member = fill.by_username(username, viewer_id=who.user_id)
        feed_list = services.add_member(list_id=path_id(list_id), owner=fill.acting(who), member=member)
        return single_object(request, _body(feed_list))

    @extend_schema(operation_id="remove_list_member", request=None, responses={204: None, **problems(AccountInactive)})
    def delete(self, request: Request, list_id: str, username: str) -> HttpResponse:
        """Take somebody off the list; twice is as once."""
        who = signed_in(request)
        member = fill.by_username(username, viewer_id=who.user_id)
        services.remove_member(list_id=path_id(list_id), owner=fill.acting(who), member=member)
        return HttpResponse(status=204)


def _body(shown: FeedList) -> dict[str, Any]:
    return dict(ListOutput(shown).data)


def _unchanged(request: Request) -> Callable[[FeedList], None]:
    """`If-Match`, to be checked while the list is locked."""
    return lambda locked: require_match(request, _body(locked))
