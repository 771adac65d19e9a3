"""One test a rule: with which settings Posts does not start in production, and in which words."""

import pytest

from tests.production import refusal, settings

POSTGRES = "postgresql://posts@db.example.com/posts"
SAFE = {
    "ENVIRONMENT": "production",
    "ALLOWED_HOSTS": "posts.example.com",
    "POSTGRES_URL": f"{POSTGRES}?sslmode=verify-full",
    "AUTH_BASE_URL": "https://auth.example.com",
    "AUTH_ISSUER": "https://auth.example.com",
    "POSTS_PUBLIC_URL": "https://posts.example.com",
}
SECRET = "k3JwPz8vQm5Rt2Yx7Lb4Nc9Hd6Gf1Sa0"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"POSTGRES_URL": f"{POSTGRES}?sslrootcert=/run/ca.crt&sslmode=verify-full"},
        {"POSTGRES_URL": POSTGRES, "POSTGRES_WITHOUT_TLS": "true"},
        {"AUTH_BASE_URL": "http://auth", "AUTH_WITHOUT_TLS": "true"},
        {"POSTS_PUBLIC_URL": "http://localhost", "AUTH_ISSUER": "http://localhost", "REQUIRE_HTTPS": "false"},
        {"REDIS_URL": "rediss://redis.example.com/0"},
        {"REDIS_URL": "redis://redis/0", "REDIS_WITHOUT_TLS": "true"},
    ],
)
def test_what_is_safe_is_taken(changes):
    assert refusal("posts", SAFE | changes) == ""


@pytest.mark.asvs("12.2.1", "12.3.1", "12.3.2", "13.2.3", "13.3.1")
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("POSTS_SECRET_KEY", "short", "must have at least 50 characters"),
        ("POSTS_SECRET_KEY", "abc" * 20, "must be made by a generator"),
        ("POSTS_SECRET_KEY", f"django-insecure-{SECRET}{SECRET}", "must be made by a generator"),
        ("LOG_PSEUDONYM_KEY", "0" * 64, "must be made by a generator"),
        ("ALLOWED_HOSTS", "", "must name the hosts"),
        ("ALLOWED_HOSTS", "*", "must name the hosts"),
        ("POSTGRES_URL", POSTGRES, "needs sslmode=verify-full"),
        ("POSTGRES_URL", f"{POSTGRES}?sslmode=require", "needs sslmode=verify-full"),
        ("POSTGRES_URL", f"{POSTGRES}?sslmode=verify-ca", "needs sslmode=verify-full"),
        ("POSTGRES_URL", f"{POSTGRES}?application_name=sslmode=verify-full", "needs sslmode=verify-full"),
        ("POSTGRES_URL", f"{POSTGRES}?sslmode=verify-full&sslmode=disable", "has an option twice"),
        ("AUTH_BASE_URL", "http://auth.example.com", "needs https (or AUTH_WITHOUT_TLS=true)"),
        ("AUTH_ISSUER", "http://auth.example.com", "must be https in production"),
        ("POSTS_PUBLIC_URL", "http://posts.example.com", "must be https in production"),
        ("POSTS_PUBLIC_URL", None, "must be https in production"),
        ("POSTS_MEDIA_URL", "http://media.example.com", "must be https in production"),
        ("REDIS_URL", "redis://redis.example.com/0", "needs rediss://"),
        ("CORS_ALLOWED_ORIGINS", "*", "must be https origins"),
        ("CORS_ALLOWED_ORIGINS", "http://example.com", "must be https origins"),
        ("TRUSTED_PROXIES", "0.0.0.0/0", "must not be everybody"),
        ("PEER_CA_FILE", "/nonexistent/ca.crt", "there is no such file"),
    ],
)
def test_what_is_not_is_refused_by_name_and_without_its_value(name, value, words):
    said = refusal("posts", SAFE | {name: value})

    assert said.startswith(f"{name}: ")
    assert words in said
    assert value is None or len(value) < 8 or value not in said.replace(words, "")


@pytest.mark.asvs("13.4.2")
def test_nobody_can_ask_for_debugging():
    assert settings("posts", SAFE | {"DEBUG": "true", "DJANGO_DEBUG": "1"})["DEBUG"] is False


@pytest.mark.asvs("15.2.2")
def test_statements_end_by_themselves_and_a_commit_is_on_disk():
    database = settings("posts", SAFE)["DATABASES"]["default"]

    assert "statement_timeout=10s" in database["OPTIONS"]["options"]
    assert "synchronous_commit" not in database["OPTIONS"]["options"]  # PostgreSQL's own default waits for the disk


def test_an_option_of_the_databases_address_reaches_the_driver_as_it_was_meant():
    url = f"{POSTGRES}?sslmode=verify-full&sslrootcert=%2Frun%2Fca.crt"

    options = settings("posts", SAFE | {"POSTGRES_URL": url})["DATABASES"]["default"]["OPTIONS"]

    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/run/ca.crt")
