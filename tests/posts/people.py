"""People of the tests: each has a token and speaks to the service as a client would."""

import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from posts_project.profiles.models import Profile
from posts_project.profiles.services.apply import apply_state
from shared.events import UserState
from shared.keys import public_jwk
from shared.snowflakes import new_id

TEST_KEY = Ed25519PrivateKey.generate()


def user(username: str, **changes: Any) -> UserState:
    values: dict[str, Any] = {
        "id": new_id(),
        "username": username,
        "display_name": username.title(),
        "bio": "",
        "avatar_url": None,
        "is_private": False,
        "created_at": datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        "state": "active",
    }
    return UserState(**{**values, **changes})


def access_token(
    user_id: int, username: str, *, key: Ed25519PrivateKey = TEST_KEY, headers: Any = None, **claims: Any
) -> str:
    now = int(time.time())
    payload = {
        "iss": settings.AUTH_ISSUER,
        "aud": ["auth", "posts"],
        "sub": str(user_id),
        "sid": f"session-of-{username}",
        "jti": secrets.token_hex(8),
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "username": username,
        "roles": [],
    }
    kid = public_jwk(key)["kid"]
    return jwt.encode(payload | claims, key, algorithm="EdDSA", headers={"kid": kid, "typ": "at+jwt"} | (headers or {}))


@dataclass
class Visitor:
    """Somebody with an HTTP client, and perhaps a token."""

    token: str = ""
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))

    def get(self, path: str, **options: Any) -> HttpResponse:
        return self.client.get(path, headers=self._headers(options))

    def post(self, path: str, body: Any = None, **options: Any) -> HttpResponse:
        return self._send("post", path, body, options)

    def put(self, path: str, body: Any = None, **options: Any) -> HttpResponse:
        return self._send("put", path, body, options)

    def patch(self, path: str, body: Any = None, **options: Any) -> HttpResponse:
        return self._send("patch", path, body, options)

    def delete(self, path: str, **options: Any) -> HttpResponse:
        return self._send("delete", path, None, options)

    def _send(self, method: str, path: str, body: Any, options: dict[str, Any]) -> HttpResponse:
        headers = self._headers(options)
        if body is None:
            # Django's own `client.post(path)` would send an empty form.
            return self.client.generic(method.upper(), path, headers=headers)
        return getattr(self.client, method)(path, body, "application/json", headers=headers)

    def _headers(self, options: dict[str, Any]) -> dict[str, str]:
        token = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return token | options.get("headers", {})


@dataclass
class Person(Visitor):
    user: UserState = field(default_factory=lambda: user("nobody"))

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def username(self) -> str:
        return self.user.username

    @property
    def short(self) -> dict[str, Any]:
        shape = self.user.to_json()
        return {name: shape[name] for name in ("id", "username", "display_name", "avatar_url", "is_private")}

    def writes(self, text: str = "Hello", **fields: Any) -> dict[str, Any]:
        """Publish a post; the answer's body."""
        response = self.post("/api/v1/posts", {"text": text, **fields})
        assert response.status_code == 201, response.content
        return response.json()

    def becomes(self, **changes: Any) -> None:
        """Auth says so; its next word."""
        self.user = replace(self.user, **changes)
        assert apply_state(self.user, version=Profile.objects.get(id=self.id).version + 1)

    def follows(self, other: "Person") -> None:
        response = self.put(f"/api/v1/profiles/{other.username}/follow")
        assert response.status_code == 200, response.content

    def unfollows(self, other: "Person") -> None:
        response = self.delete(f"/api/v1/profiles/{other.username}/follow")
        assert response.status_code == 200, response.content

    def home(self, **query: Any) -> list[str]:
        """Ids at home, newest first."""
        parameters = "&".join(f"{name}={value}" for name, value in query.items())
        response = self.get(f"/api/v1/timelines/home?{parameters}")
        assert response.status_code == 200, response.content
        return [entry["post"]["id"] for entry in response.json()["results"]]
