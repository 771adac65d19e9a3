"""One test a rule: with which settings Auth does not start in production, and in which words."""

import pytest

from tests.production import refusal, settings

MONGODB = "mongodb://db.example.com/auth?replicaSet=rs0&tls=true"
SAFE = {
    "ENVIRONMENT": "production",
    "ALLOWED_HOSTS": "auth.example.com",
    "MONGODB_URL": MONGODB,
    "POSTS_BASE_URL": "https://posts.example.com",
    "AUTH_ISSUER": "https://auth.example.com",
    "WEB_URL": "https://www.auth.example.com",
}
SECRET = "k3JwPz8vQm5Rt2Yx7Lb4Nc9Hd6Gf1Sa0"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"MONGODB_URL": "mongodb+srv://db.example.com/auth"},
        {"MONGODB_URL": f"{MONGODB}&w=majority&journal=true&retryWrites=true"},
        {"MONGODB_URL": "mongodb://db/auth?replicaSet=rs0", "MONGODB_WITHOUT_TLS": "true"},
        {"POSTS_BASE_URL": "http://posts", "POSTS_WITHOUT_TLS": "true"},
        {"AUTH_ISSUER": "http://localhost:8080", "REQUIRE_HTTPS": "false"},
        {"CORS_ALLOWED_ORIGINS": "https://example.com,https://www.example.com:8443"},
        {"TRUSTED_PROXIES": "10.0.0.0/8,192.0.2.1"},
    ],
)
def test_what_is_safe_is_taken(changes):
    assert refusal("auth", SAFE | changes) == ""


@pytest.mark.asvs("12.2.1", "12.3.1", "12.3.2", "13.2.3", "13.3.1")
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AUTH_SECRET_KEY", "short", "must have at least 50 characters"),
        ("AUTH_SECRET_KEY", "abc" * 20, "must be made by a generator"),
        ("AUTH_SECRET_KEY", f"django-insecure-{SECRET}{SECRET}", "must be made by a generator"),
        ("REFRESH_TOKEN_KEY", "short", "must have at least 32 characters"),
        ("REFRESH_TOKEN_KEY", f"changeme-{SECRET}", "must be made by a generator"),
        ("TOTP_KEY", "0" * 64, "must be made by a generator"),
        ("RETIRED_NAMES_KEY", "0" * 64, "must be made by a generator"),
        ("LOG_PSEUDONYM_KEY", "0" * 64, "must be made by a generator"),
        ("ALLOWED_HOSTS", "", "must name the hosts"),
        ("ALLOWED_HOSTS", "*", "must name the hosts"),
        ("ALLOWED_HOSTS", "auth.example.com,*", "must name the hosts"),
        ("MONGODB_URL", MONGODB.replace("tls=true", "tls=false"), "needs tls=true"),
        ("MONGODB_URL", "mongodb://db.example.com/auth?replicaSet=rs0", "needs tls=true"),
        ("MONGODB_URL", "mongodb+srv://db.example.com/auth?tls=false", "needs tls=true"),
        ("MONGODB_URL", f"{MONGODB}&tls=false", "has an option twice"),
        ("MONGODB_URL", f"{MONGODB}&tlsAllowInvalidCertificates=true", "checks the server's certificate"),
        ("MONGODB_URL", f"{MONGODB}&tlsAllowInvalidHostnames=true", "checks the server's certificate"),
        ("MONGODB_URL", f"{MONGODB}&tlsInsecure=true", "checks the server's certificate"),
        ("MONGODB_URL", "mongodb://db.example.com/auth?tls=true", "must name a replica set"),
        ("MONGODB_URL", f"{MONGODB}&w=1", "needs w=majority"),
        ("MONGODB_URL", f"{MONGODB}&journal=false", "needs journal=true"),
        ("MONGODB_URL", f"{MONGODB}&retryWrites=FALSE", "needs retryWrites=true"),
        ("POSTS_BASE_URL", "http://posts.example.com", "needs https (or POSTS_WITHOUT_TLS=true)"),
        ("AUTH_ISSUER", "http://auth.example.com", "must be https in production"),
        ("CORS_ALLOWED_ORIGINS", "*", "must be https origins"),
        ("CORS_ALLOWED_ORIGINS", "https://*.example.com", "must be https origins"),
        ("CORS_ALLOWED_ORIGINS", "http://example.com", "must be https origins"),
        ("CORS_ALLOWED_ORIGINS", "https://example.com/app", "must be https origins"),
        ("TRUSTED_PROXIES", "0.0.0.0/0", "must not be everybody"),
        ("TRUSTED_PROXIES", "10.0.0.1,::/0", "must not be everybody"),
        ("PEER_CA_FILE", "/nonexistent/ca.crt", "there is no such file"),
        ("WEBAUTHN_RP_ID", "192.0.2.1", "must be a domain"),
        ("WEB_URL", "https://192.0.2.1", "must be a domain"),
        ("WEBAUTHN_ORIGINS", "http://www.auth.example.com", "must be https"),
    ],
)
def test_what_is_not_is_refused_by_name_and_without_its_value(name, value, words):
    said = refusal("auth", SAFE | {name: value})

    named = "WEBAUTHN_RP_ID" if name == "WEB_URL" else name
    assert said.startswith(f"{named}: ")
    assert words in said
    assert len(value) < 8 or value not in said.replace(words, "")


@pytest.mark.asvs("12.3.1")
def test_a_password_for_mails_is_not_sent_in_the_clear():
    login = {"EMAIL_HOST_USER": "auth", "EMAIL_HOST_PASSWORD": "open sesame", "EMAIL_STARTTLS": "false"}

    assert refusal("auth", SAFE | login).startswith("EMAIL_STARTTLS: must be true")


@pytest.mark.asvs("13.4.2")
def test_nobody_can_ask_for_debugging_and_writes_are_kept_by_a_majority():
    read = settings("auth", SAFE | {"DEBUG": "true", "DJANGO_DEBUG": "1"})

    options = read["DATABASES"]["default"]["OPTIONS"]
    assert read["DEBUG"] is False
    assert (options["w"], options["journal"], options["retryWrites"]) == ("majority", True, True)


def test_the_databases_address_with_its_password_may_stand_in_a_file(tmp_path):
    (tmp_path / "url").write_text(f"{MONGODB}\n")

    read = settings("auth", SAFE | {"MONGODB_URL": None, "MONGODB_URL_FILE": str(tmp_path / "url")})

    assert read["DATABASES"]["default"]["HOST"] == MONGODB
