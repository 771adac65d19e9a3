"""Production takes no value that is merely comfortable, and says which one it refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAFE = {
    "ENVIRONMENT": "production",
    "ALLOWED_HOSTS": "auth.example.com",
    "MONGODB_URL": "mongodb://db.example.com/auth?replicaSet=rs0&tls=true",
    "POSTS_BASE_URL": "https://posts.example.com",
    "AUTH_ISSUER": "https://auth.example.com",
}


def load(then: str = "", **changes: str | None) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, **SAFE, **changes, "DATA_DIR": "/nonexistent"}
    environment = {name: value for name, value in variables.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", f"import auth_project.settings as s; {then}"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_safe_values_are_taken():
    assert load().returncode == 0


@pytest.mark.asvs("13.4.2")
def test_where_nothing_is_said_it_is_production():
    outcome = load(ENVIRONMENT=None, ALLOWED_HOSTS="*")

    assert outcome.returncode != 0


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
    outcome = load(**{name: value})

    assert outcome.returncode != 0
    assert f"ConfigurationError: {name}: " in outcome.stderr.splitlines()[-1]
    if value and len(value) > 4:
        assert value not in outcome.stderr.splitlines()[-1]


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
    outcome = load("print(s.WEBAUTHN_RP_ID, *s.WEBAUTHN_ORIGINS)", **changes)

    assert outcome.stdout.splitlines()[-1] == expected


@pytest.mark.asvs("3.3.1", "3.3.2", "3.3.4", "3.4.1", "3.4.2", "13.4.2", "1.5.2")
def test_production_is_strict_with_browsers():
    names = ["SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
             "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_SAMESITE", "SECURE_HSTS_SECONDS",
             "SECURE_HSTS_INCLUDE_SUBDOMAINS", "CORS_ALLOWED_ORIGINS", "DEBUG"]  # fmt: skip

    outcome = load(f"import json; print(json.dumps([getattr(s, name) for name in {names}]))")

    assert json.loads(outcome.stdout.splitlines()[-1]) == [
        "__Host-sessionid", True, True, "Lax", "__Host-csrftoken", True, "Strict", 365 * 24 * 3600, True, [], False,
    ]  # fmt: skip
    # JSON is Django's default for sessions: nothing is unpickled.
    assert "PickleSerializer" not in (ROOT / "auth_project/settings.py").read_text()
