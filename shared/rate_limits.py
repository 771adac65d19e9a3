"""How often somebody may call: quotas that a view declares, told ahead in `RateLimit` headers, 429 beyond.

    class LoginView(ApiView):
        quotas = {"POST": [Quota(name="login", limit=300, window_seconds=900)]}

A window begins with the first call in it. `RATE_LIMIT_SCALE` multiplies all limits; each service counts in a store of
its own, `RATE_LIMIT_STORE` (IETF draft-ietf-httpapi-ratelimit-headers).
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Literal, Protocol

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string
from rest_framework.request import Request

from shared.bearer import viewer
from shared.problems import Throttled

POLICY_HEADER, STATE_HEADER = "RateLimit-Policy", "RateLimit"

_IPV6_SUBSCRIBER = 64


@dataclass(frozen=True, kw_only=True)
class Quota:
    """`limit` calls in `window_seconds` for each user, or for each address; nobody's calls count by address."""

    name: str
    limit: int
    window_seconds: int
    per: Literal["user", "address"] = "address"

    @property
    def scaled_limit(self) -> int:
        return self.limit * int(settings.RATE_LIMIT_SCALE)


@dataclass(frozen=True, kw_only=True)
class Count:
    """How often something happened in the present window, this time included, and when that window is over."""

    hits: int
    resets_in: float


class CounterStore(Protocol):
    """Where a service counts. A hit stays counted whatever becomes of the request's own transaction."""

    def hit(self, key: str, *, window_seconds: int, now: datetime) -> Count:
        """Count once more, atomically: of many at the same time each gets another number."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What is left of a quota after a call."""

    quota: Quota
    count: Count

    @property
    def remaining(self) -> int:
        return max(0, self.quota.scaled_limit - self.count.hits)

    @property
    def is_exceeded(self) -> bool:
        return self.count.hits > self.quota.scaled_limit


def count_call(request: Request, quotas: Sequence[Quota]) -> list[Usage]:
    """Count this call against each of `quotas`."""
    if not quotas:
        return []
    store: CounterStore = import_string(getattr(settings, "RATE_LIMIT_STORE", ""))
    now = timezone.now()
    return [
        Usage(quota=quota, count=store.hit(_key(quota, request), window_seconds=quota.window_seconds, now=now))
        for quota in quotas
    ]


def refuse_exceeded(usages: Sequence[Usage]) -> None:
    """:raises Throttled: this call was one too many."""
    waits = [usage.count.resets_in for usage in usages if usage.is_exceeded]
    if waits:
        raise Throttled(retry_after=max(waits))


def headers(usages: Sequence[Usage]) -> Mapping[str, str]:
    """Both fields of the draft: the quotas as they are declared, and what is left of each for how many seconds."""
    policies = [f'"{usage.quota.name}";q={usage.quota.scaled_limit};w={usage.quota.window_seconds}' for usage in usages]
    states = [f'"{usage.quota.name}";r={usage.remaining};t={ceil(usage.count.resets_in)}' for usage in usages]
    return {POLICY_HEADER: ", ".join(policies), STATE_HEADER: ", ".join(states)} if usages else {}


def network_of(address: str | None) -> str:
    """What counts as one address: all of what one IPv6 subscriber is given, or one IPv4 address; empty for none."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, _IPV6_SUBSCRIBER), strict=False))
    return str(parsed)


def client_network(request: HttpRequest | Request) -> str:
    """Where the request comes from, as far as limits are concerned."""
    return network_of(request.META.get("REMOTE_ADDR"))


def counter_key(name: str, *parts: str) -> str:
    """A key that tells whoever reads the store no addresses and no names."""
    message = "\n".join((name, *parts)).encode()
    return f"{name} {hmac.digest(settings.SECRET_KEY.encode(), message, hashlib.sha256).hex()}"


def _key(quota: Quota, request: Request) -> str:
    user_id = viewer(request).user_id
    if quota.per == "user" and user_id:
        return counter_key(quota.name, "user", str(user_id))
    return counter_key(quota.name, "address", client_network(request))
