"""The gateway's rules, read as nginx reads them: what is public goes to its own service, what is not goes nowhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GATEWAY = ROOT / "deploy/gateway"
LOCATION = re.compile(r"^location (=|~)? ?(\S+) \{(.*?)\}", re.MULTILINE | re.DOTALL)
# As YAML it takes seconds to read.
PATHS = {
    service: re.findall(r"^  (/\S+):$", (ROOT / f"{service}_project/openapi.yaml").read_text(), re.MULTILINE)
    for service in ("auth", "posts")
}


def destination(file: str, path: str) -> str:
    """Where a request for `path` goes: to a service, or `404`. An exact match, else the first expression, else the
    longest beginning (nginx, ngx_http_core_module, `location`)."""
    rules = LOCATION.findall((GATEWAY / file).read_text())
    exact = [body for kind, pattern, body in rules if kind == "=" and pattern == path]
    expressions = [body for kind, pattern, body in rules if kind == "~" and re.search(pattern, path)]
    beginnings = [(len(pattern), body) for kind, pattern, body in rules if not kind and path.startswith(pattern)]
    body = [*exact, *expressions, max(beginnings)[1]][0]
    passed_on = re.search(r"proxy_pass \$peers://(\w+);", body)
    return passed_on[1] if passed_on else re.search(r"return (\d+)", body)[1]


@pytest.mark.parametrize("service", PATHS)
def test_every_public_path_goes_to_its_own_service_with_and_without_a_slash(service):
    for path in PATHS[service]:
        filled = re.sub(r"{\w+}", "1", path)
        assert (path, destination("api.locations", filled)) == (path, service)
        assert (path, destination("api.locations", f"{filled}/")) == (path, service)


@pytest.mark.asvs("10.4.10", "13.4.1", "13.4.5")
@pytest.mark.parametrize(
    "path",
    [
        "/internal/v1/events", "/internal", "/internalx", "/admin/", "/admin/login/", "/metrics", "/readyz",
        "/static/x.css", "/api/docs", "/api/schema", "/api", "/", "/.git/config", "/api/v2/posts",
    ],
)  # fmt: skip
def test_what_is_not_public_goes_nowhere(path):
    assert destination("api.locations", path) == "404"


@pytest.mark.parametrize("service", PATHS)
def test_an_admin_origin_has_pages_and_documents_and_no_more(service):
    file = f"{service}-admin.locations"

    for path in ("/admin/", "/static/admin/css/base.css", "/api/docs", "/api/schema"):
        assert destination(file, path) == service
    for path in ("/internal/v1/events", "/metrics", "/api/v1/posts", "/api/v1/auth/login", "/"):
        assert destination(file, path) == "404"


def test_pictures_go_to_posts_and_streams_are_not_held_back():
    assert destination("api.locations", "/media/ab/cd.webp") == "posts"
    stream = re.search(r"stream.*?\{(.*?)\}", (GATEWAY / "api.locations").read_text(), re.DOTALL)[1]
    assert "proxy_buffering off;" in stream


@pytest.mark.asvs("4.1.3", "15.3.4")
def test_requests_are_read_whole_and_what_clients_say_of_their_address_is_dropped():
    conf = (GATEWAY / "proxy.conf").read_text()

    assert "proxy_request_buffering on;" in conf
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in conf
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in conf


@pytest.mark.asvs("12.1.1", "12.3.2")
def test_with_tls_old_versions_are_refused_and_the_services_certificates_checked():
    conf = (GATEWAY / "tls.conf").read_text()

    assert "ssl_protocols TLSv1.2 TLSv1.3;" in conf
    assert "proxy_ssl_verify on;" in conf
    assert "proxy_ssl_protocols TLSv1.3;" in conf
    assert 'map "" $peers { default https; }' in conf
