"""Who acts, and from where, for whatever is written down of it: the request in hand, a command, or the worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponseBase

LONGEST_USER_AGENT = 256
AUTH_ADMIN, POSTS_ADMIN = "auth admin", "posts admin"


class By(models.TextChoices):
    USER = "user"  # the account's own, as far as credentials tell
    UNKNOWN = "unknown"  # somebody who said to be them, and could not show it
    STAFF = "staff"  # in the admin site
    OPERATOR = "operator"  # at the command line
    SERVICE = "service"  # Posts, or a service of others
    SYSTEM = "system"  # by itself: the worker


@dataclass(frozen=True, kw_only=True)
class Actor:
    """`id` names staff by the id of their user, and services by what they are called; `site` is the admin site that
    somebody is about to sign in to."""

    by: By
    id: str = ""
    ip: str | None = None
    user_agent: str = ""
    site: str = ""

    def to_json(self) -> dict[str, str | None]:
        """For what is done about it later, and by another process."""
        return {"by": self.by.value, "id": self.id, "ip": self.ip, "user_agent": self.user_agent}


_SYSTEM = Actor(by=By.SYSTEM)
_find: ContextVar[Callable[[], Actor]] = ContextVar("actor", default=lambda: _SYSTEM)


def current() -> Actor:
    """Outside of requests and commands: the system."""
    return _find.get()()


@contextmanager
def acting(**changes: Any) -> Iterator[None]:
    """Within, the actor is as before but for `changes`, which may come from `to_json`."""
    actor = replace(current(), **changes)
    actor = replace(actor, by=By(actor.by))
    token = _find.set(lambda: actor)
    try:
        yield
    finally:
        _find.reset(token)


def acting_middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """Behind the one that finds out who is signed in to the admin site."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        token = _find.set(partial(_of_request, request))
        try:
            return get_response(request)
        finally:
            _find.reset(token)

    return middleware


def user_agent(request: Any) -> str:
    """What the client calls itself, cut to what is kept of it."""
    said = "".join(filter(str.isprintable, request.headers.get("User-Agent", "")))
    return said[:LONGEST_USER_AGENT]


def _of_request(request: HttpRequest) -> Actor:
    """Asked for when something is written down: who is signed in to the admin site costs a look-up."""
    actor = Actor(by=By.USER, ip=request.META.get("REMOTE_ADDR") or None, user_agent=user_agent(request))
    if not request.path.startswith("/admin/"):
        return actor
    if request.user.is_authenticated:
        return replace(actor, by=By.STAFF, id=str(request.user.pk))
    return replace(actor, site=AUTH_ADMIN)
