"""What stands on every answer of either service, whatever it is an answer to."""

from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any

from django.contrib.admin import AdminSite
from django.test import Client

# What is asked, the status of the answer, its policy.
Call = tuple[str, int, str]
TOO_LONG = b'{"text":"' + b"x" * 1_100_000 + b'"}'
EXACTLY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
DATA = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
FILE = "default-src 'none'; frame-ancestors 'none'; sandbox"
PAGE = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
DOCS = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def missing(response: Any) -> dict[str, str | None]:
    """Those that are not as they must be; nothing where all are."""
    found = {name: response.headers.get(name) for name in EXACTLY}
    wrong: dict[str, str | None] = {name: found[name] for name, value in EXACTLY.items() if found[name] != value}
    if not response.headers.get("X-Request-ID"):
        wrong["X-Request-ID"] = None
    if {"Server", "X-Powered-By"} & set(response.headers):
        wrong["Server"] = "said"
    return wrong


class Browser(Client):
    """Comes by HTTPS, and is told of faults by their status."""

    def __init__(self, **options: Any) -> None:
        super().__init__(raise_request_exception=False, enforce_csrf_checks=True, **options)

    def generic(self, *positional: Any, **named: Any) -> Any:
        return super().generic(*positional, **{**named, "secure": True})


def as_in_production(settings: Any) -> None:
    """What Django's settings are there for HTTPS, before the first client is made."""
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True
    settings.SECURE_HSTS_PRELOAD = settings.REQUIRE_HTTPS = settings.SECURE_SSL_REDIRECT = True


def answers_to(calls: Sequence[Call]) -> tuple[list[Call], dict[str, dict[str, str | None]]]:
    """What those calls are answered in truth, in their order, and of which answers a header is missing."""
    client, found, lacking = Browser(), [], {}
    for call, status, _ in calls:
        method, path = call.split()
        answer = client.generic(method, path, TOO_LONG if status == 413 else b"", "application/json")
        found.append((call, answer.status_code, answer.headers["Content-Security-Policy"]))
        if wrong := missing(answer) or ({} if answer.headers.get("Content-Type") else {"Content-Type": None}):
            lacking[call] = wrong
        if answer.streaming:
            answer.close()
    return found, lacking


def policy_of(response: Any) -> str:
    """The policy that its kind has."""
    return PAGE if response.headers.get("Content-Type", "").startswith("text/html") else DATA


def pages_of(site: AdminSite) -> Iterator[str]:
    """The first page, each list, and the empty form of each thing that can be added."""
    yield ""
    for model in site._registry:
        name = f"{model._meta.app_label}/{model._meta.model_name}/"
        yield from (name, f"{name}add/")


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_data = given.get("type", "").endswith("json") if tag == "script" else True
        if tag == "script" and "src" not in given and not is_data:
            self.found.append("<script>")
        self.found += [name for name in given if name.startswith("on")]
        self.found += [value for value in given.values() if (value or "").strip().lower().startswith("javascript:")]


def scripts_in(page: bytes) -> list[str]:
    """What of a page its policy would not let run: scripts and handlers in the page itself."""
    parser = _Scripts()
    parser.feed(page.decode())
    return parser.found
