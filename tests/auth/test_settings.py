"""Production takes no value that is merely comfortable, and says which one it refused."""

from pathlib import Path
from typing import Any

import pytest

from tests.production import refusal, settings

ROOT = Path(__file__).parents[2]
SAFE = {
    "ENVIRONMENT": "production",
    "ALLOWED_HOSTS": "auth.example.com",
    "MONGODB_URL": "mongodb://db.example.com/auth?replicaSet=rs0&tls=true",
    "POSTS_BASE_URL": "https://posts.example.com",
    "AUTH_ISSUER": "https://auth.example.com",
}


def load(**changes: str | None) -> dict[str, Any]:
    return settings("auth", SAFE | changes)


def test_safe_values_are_taken():
    assert refusal("auth", SAFE) == ""


@pytest.mark.asvs("13.4.2")
def test_where_nothing_is_said_it_is_production():
    assert refusal("auth", SAFE | {"ENVIRONMENT": None, "ALLOWED_HOSTS": "*"}).startswith("ALLOWED_HOSTS: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", ""),
        ("AUTH_SECRET_KEY", "short"),
        ("AUTH_SECRET_KEY", None),
        ("REFRESH_TOKEN_KEY", "short"),
        ("REFRESH_TOKEN_KEY", None),
        ("MONGODB_URL", None),
        ("MONGODB_URL", "mongodb://db.example.com/auth?replicaSet=rs0"),
        ("POSTS_BASE_URL", "http://posts.example.com"),
        ("POSTS_BASE_URL", "posts.example.com"),
        ("AUTH_KEY_ENCRYPTION_KEYS", None),
        ("AUTH_KEY_ENCRYPTION_KEYS", "short"),
        ("AUTH_KEY_ENCRYPTION_KEYS", f"{'long' * 10},short"),
        ("SIGNING_KEY_LEAD_SECONDS", "899"),
        ("WEBAUTHN_RP_ID", "192.0.2.1"),
        ("WEBAUTHN_RP_ID", "[::1]"),
        ("WEBAUTHN_RP_ID", "https://auth.example.com"),
        ("WEBAUTHN_RP_ID", "Auth.example.com"),
        ("WEBAUTHN_ORIGINS", ","),
        ("WEBAUTHN_ORIGINS", "http://auth.example.com"),
        ("WEBAUTHN_ORIGINS", "https://auth.example.com/"),
        ("WEBAUTHN_ORIGINS", "https://auth.example.com,https://www.example.com"),
        ("WEBAUTHN_ORIGINS", "https://notauth.example.com"),
        ("LOG_LEVEL", "LOUD"),
        ("GRANIAN_WORKERS", "0"),
    ],
)
@pytest.mark.asvs("12.3.1", "13.3.1")
def test_an_unsafe_or_missing_value_is_refused_by_name(name, value):
    refused = refusal("auth", SAFE | {name: value})

    assert refused.startswith(f"{name}: ")
    if value and len(value) > 4:
        assert value not in refused


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "auth.example.com https://auth.example.com"),
        ({"WEB_URL": "https://www.example.com/app"}, "www.example.com https://www.example.com"),
        (
            {"WEBAUTHN_RP_ID": "example.com", "WEBAUTHN_ORIGINS": "https://a.example.com,https://example.com"},
            "example.com https://a.example.com https://example.com",
        ),
        ({"WEB_URL": "http://localhost:8080"}, "localhost http://localhost:8080"),
        (
            {"ENVIRONMENT": "development", "AUTH_ISSUER": "http://127.0.0.1:8001", "WEB_URL": "http://127.0.0.1:3000"},
            "localhost http://localhost http://localhost:3000 http://localhost:8001",
        ),
    ],
)
def test_passkeys_belong_to_the_web_clients_host_and_in_development_to_localhost(changes, expected):
    loaded = load(**changes)

    assert " ".join([loaded["WEBAUTHN_RP_ID"], *loaded["WEBAUTHN_ORIGINS"]]) == expected


@pytest.mark.asvs("3.3.1", "3.3.2", "3.3.3", "3.3.4", "3.4.1", "3.4.2", "13.4.2", "1.5.2")
def test_production_is_strict_with_browsers():
    names = ["SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
             "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_SAMESITE", "SECURE_HSTS_SECONDS",
             "SECURE_HSTS_INCLUDE_SUBDOMAINS", "CORS_ALLOWED_ORIGINS", "DEBUG"]  # fmt: skip

    loaded = load()

    assert [loaded[name] for name in names] == [
        "__Host-sessionid", True, True, "Lax", "__Host-csrftoken", True, "Strict", 365 * 24 * 3600, True, [], False,
    ]  # fmt: skip
    # JSON is Django's default for sessions: nothing is unpickled.
    assert "PickleSerializer" not in (ROOT / "auth_project/settings.py").read_text()
