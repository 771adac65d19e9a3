"""One good call of every operation: what tests of all operations send, replay and spoil.

A new operation that writes gets a line here; a test fails until it has one. One that reads needs none, unless it needs
a query or an object of the caller's own. Parameters of addresses need a line where they have a new name.
"""

import copy
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse

from shared.snowflakes import MAX_ID
from tests.operations import Field, Operation, operations
from tests.posts.media.forms import FORM, form
from tests.posts.moderation.deciding import decided
from tests.posts.people import Person

OPERATIONS: dict[str, Operation] = {operation.id: operation for operation in operations("posts")}
UNSAFE = [operation for operation in OPERATIONS.values() if operation.method != "GET"]


@dataclass(frozen=True)
class Call:
    """What a good call says.

    :param after: the operation that must have been called before, at the same address.
    :param query: what a read cannot do without.
    :param own: parameters of the address that are an object of the caller's own, with the operation whose answer has
        its id, or what makes it.
    :param where: what else must be so.
    """

    body: Mapping[str, Any] | None = None
    after: str = ""
    query: str = ""
    own: Mapping[str, "str | Callable[[World], str]"] = field(default_factory=dict)
    where: Callable[["World"], object] = lambda world: None


_OWN_POST: Mapping[str, Any] = {"post_id": "publish"}
_OWN_DRAFT: Mapping[str, Any] = {"draft_id": "keep_draft"}
_OWN_SCHEDULED: Mapping[str, Any] = {"scheduled_id": lambda world: world.schedules()}
_OWN_LIST: Mapping[str, Any] = {"list_id": "create_list"}
_OWN_FILTER: Mapping[str, Any] = {"filter_id": "create_filter"}
_OWN_MEDIA: Mapping[str, Any] = {"media_id": "upload_media"}
_OWN_REPORT: Mapping[str, Any] = {"report_id": "report"}
_OWN_DECISION: Mapping[str, Any] = {"decision_id": lambda world: world.is_warned()}

CALLS: dict[str, Call] = {
    "posts": Call(query="ids=1"),
    "profiles": Call(query="ids=1"),
    "search": Call(query="q=hello"),
    "publish": Call({"text": "Hello @{other}, this is #first"}),
    "edit_post": Call({"text": "Changed"}, own=_OWN_POST),
    "delete_post": Call(own=_OWN_POST),
    "like": Call(),
    "unlike": Call(after="like"),
    "repost": Call(),
    "unrepost": Call(after="repost"),
    "bookmark": Call(),
    "unbookmark": Call(after="bookmark"),
    "pin": Call(own=_OWN_POST),
    "unpin": Call(after="pin", own=_OWN_POST),
    "mute_thread": Call(),
    "unmute_thread": Call(after="mute_thread"),
    "follow": Call(),
    "unfollow": Call(after="follow"),
    "accept_follow_request": Call(where=lambda world: world.is_asked()),
    "reject_follow_request": Call(where=lambda world: world.is_asked()),
    "block": Call(),
    "unblock": Call(after="block"),
    "mute": Call({"expires_in": 3_600}),
    "unmute": Call(after="mute"),
    "vote": Call({"choices": [0]}, where=lambda world: world.finds_poll()),
    "keep_draft": Call({"text": "Not yet"}),
    "draft": Call(own=_OWN_DRAFT),
    "change_draft": Call({"text": "Nearly"}, own=_OWN_DRAFT),
    "delete_draft": Call(own=_OWN_DRAFT),
    "publish_draft": Call(own=_OWN_DRAFT),
    "scheduled_post": Call(own=_OWN_SCHEDULED),
    "change_scheduled_post": Call({"text": "Later"}, own=_OWN_SCHEDULED),
    "cancel_scheduled_post": Call(own=_OWN_SCHEDULED),
    "create_list": Call({"name": "Friends"}),
    "list": Call(own=_OWN_LIST),
    "rename_list": Call({"name": "Colleagues"}, own=_OWN_LIST),
    "delete_list": Call(own=_OWN_LIST),
    "list_members": Call(own=_OWN_LIST),
    "list_timeline": Call(own=_OWN_LIST),
    "add_list_member": Call(own=_OWN_LIST),
    "remove_list_member": Call(own=_OWN_LIST, after="add_list_member"),
    "read_notifications": Call({"up_to": str(MAX_ID)}, where=lambda world: world.is_told()),
    "change_notification_preferences": Call({"like": False}),
    "follow_tag": Call(),
    "unfollow_tag": Call(after="follow_tag"),
    "create_filter": Call({"phrase": "spoilers"}),
    "filter": Call(own=_OWN_FILTER),
    "edit_filter": Call({"phrase": "endings"}, own=_OWN_FILTER),
    "delete_filter": Call(own=_OWN_FILTER),
    "upload_media": Call({"alt_text": "An otter"}),
    "media": Call(own=_OWN_MEDIA),
    "edit_media": Call({"alt_text": "Two otters"}, own=_OWN_MEDIA),
    "delete_media": Call(own=_OWN_MEDIA),
    "report": Call({"username": "{other}", "reason": "spam", "comment": "See for yourself"}),
    "own_report": Call(own=_OWN_REPORT),
    "decision": Call(own=_OWN_DECISION),
    "appeal": Call({"decision_id": "{decision}", "text": "It was a joke"}, where=lambda world: world.is_warned()),
}

# What stands in a body where something within is to be spoilt.
NESTED: dict[str, Any] = {
    "poll": {"options": ["Yes", "No"], "multiple": False, "expires_in": 3_600},
    "media_ids": ["1"],
}

# What stands in an address where it need not be one's own.
ADDRESS: dict[str, Callable[["World"], str]] = {
    "post_id": lambda world: world.post["id"],
    "username": lambda world: world.other.username,
    "tag": lambda world: "first",
}


@dataclass
class World:
    """`me`, who calls; `other`, of whom there is a post; and what was made for a call."""

    me: Person
    other: Person
    post: dict[str, Any]
    decision: str = ""

    def is_warned(self) -> str:
        """Moderators have warned `me`; the decision's id."""
        self.decision = str(decided(self.me, "warn").id)
        return self.decision

    def is_asked(self) -> None:
        """`other` would like to follow `me`, who is private."""
        self.me.becomes(is_private=True)
        self.other.follows(self.me)

    def is_told(self) -> None:
        """`other` likes what `me` wrote."""
        post = self.me.writes("Mine")
        assert self.other.put(f"/api/v1/posts/{post['id']}/like").status_code == 200

    def finds_poll(self) -> None:
        """What there is of `other` is a poll."""
        self.post = self.other.writes("Which?", poll=NESTED["poll"])

    def schedules(self) -> str:
        """`me` has a post that goes out tomorrow; its id."""
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        response = self.me.post("/api/v1/posts", {"text": "Tomorrow", "scheduled_at": tomorrow.isoformat()})
        assert response.status_code == 202, response.content
        return str(response.json()["id"])

    def address(self, operation: Operation) -> str:
        """Where a good call of `operation` goes; what it needs is made."""
        call = CALLS.get(operation.id, Call())
        call.where(self)
        values = {name: self._value(name, call) for name in operation.parameters}
        path = operation.address(**values)
        if call.after:
            before = OPERATIONS[call.after]
            assert self.send(before, before.address(**values)).status_code < 300
        return path

    def send(self, operation: Operation, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """`body`, or that of a good call, as `me` or with other headers. A body is sent where a good call has one, or
        one is given."""
        body = self.body(operation) if body is None else body
        content, kind = b"" if body is None else json.dumps(body).encode(), "application/json"
        if operation.is_form:
            # With the picture that no good call can do without.
            content, kind = form(body), FORM
        authorization = {"Authorization": f"Bearer {self.me.token}"}
        return self.me.client.generic(operation.method, path, content, kind, headers=authorization | headers)

    @property
    def turned(self) -> "World":
        """The same from the other's side."""
        return World(me=self.other, other=self.me, post=self.post)

    def spoilt(self, operation: Operation, value: Any, *places: Field) -> dict[str, Any]:
        """The body of a good call, but for what stands at `places`, none of which is within another."""
        body = self.body(operation) or {}
        for place in places:
            within: Any = body
            if len(place.path) > 1 and place.path[0] not in body:
                body[place.path[0]] = copy.deepcopy(NESTED[place.path[0]])
            for step in place.path[:-1]:
                within = within[step]
            within[place.path[-1]] = value
        return body

    def body(self, operation: Operation) -> dict[str, Any] | None:
        body = CALLS.get(operation.id, Call()).body
        if body is None:
            return None
        named = json.dumps(body).replace("{other}", self.other.username)
        return json.loads(named.replace("{decision}", self.decision))

    def _value(self, name: str, call: Call) -> str:
        if name not in call.own:
            return ADDRESS[name](self)
        own = call.own[name]
        if callable(own):
            return own(self)
        response = self.send(OPERATIONS[own], self.address(OPERATIONS[own]))
        assert response.status_code == 201, response.content
        return str(response.json()["id"])


_numbers = itertools.count(1)


def make_world(person: Callable[..., Person]) -> World:
    """People whom no other world has."""
    number = next(_numbers)
    other = person(f"other_{number}")
    return World(me=person(f"me_{number}"), other=other, post=other.writes("Somebody's"))
