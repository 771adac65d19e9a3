"""Request ids, addresses behind proxies, and logs without secrets."""

import json
import logging

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from shared.middleware import request_id_middleware
from shared.proxies import proxy_headers_middleware
from shared.request_context import PEER_SECONDS, peer_seconds_left, request_context


def test_a_request_id_is_taken_over_or_made(client):
    assert client.get("/healthz", headers={"X-Request-ID": "mine-1"})["X-Request-ID"] == "mine-1"
    for strange in ("", "a b", "a" * 65, "\u00e9", "a\x1b"):
        assert len(client.get("/healthz", headers={"X-Request-ID": strange})["X-Request-ID"]) == 32


def test_a_request_may_wait_for_the_other_service_for_a_second_in_all_and_what_is_none_without_end():
    answer = request_id_middleware(lambda _: HttpResponse(peer_seconds_left()))(RequestFactory().get("/"))

    assert float(answer.content) == PEER_SECONDS
    with request_context(request_id=None, traceparent=None):
        assert peer_seconds_left() == float("inf")


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address", "secure"),
    [
        ("192.0.2.1", "203.0.113.9", "192.0.2.1", False),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9", True),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9", True),
        ("10.0.0.1", "nonsense", "10.0.0.1", True),
        ("10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1", True),
        ("10.0.0.1", "", "10.0.0.1", True),
    ],
)
@pytest.mark.asvs("4.1.3", "15.3.4")
def test_forwarded_headers_count_only_from_a_trusted_proxy(peer, forwarded_for, address, secure):
    seen = {}

    def view(request):
        seen["address"], seen["secure"] = request.META["REMOTE_ADDR"], request.is_secure()
        return HttpResponse()

    headers = {"X-Forwarded-For": forwarded_for, "X-Forwarded-Proto": "https"}
    proxy_headers_middleware(view)(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer))

    assert seen == {"address": address, "secure": secure}


@pytest.fixture
def lines(settings):
    """What the configured formatter makes of a record."""
    import logging.config

    config = settings.LOGGING["formatters"]["structured"]
    formatter = config["()"](**{name: value for name, value in config.items() if name != "()"})

    def format_(message, **extra):
        record = logging.makeLogRecord({"msg": message, "levelno": 20, "levelname": "INFO", "name": "x"} | extra)
        return formatter.format(record)

    return format_


@pytest.mark.asvs("16.2.1", "16.2.5", "16.4.1")
def test_a_log_line_is_one_json_object_without_secrets(lines):
    line = lines("a\nb\u2028\x1b[31m", password="hunter2", access="ey…", email="a@b.c", event_id="5")

    assert "\n" not in line
    parsed = json.loads(line)
    assert (parsed["event"], parsed["event_id"], parsed["service"]) == ("a\nb\u2028\x1b[31m", "5", "test")
    assert (parsed["password"], parsed["access"], parsed["email"]) == ("[removed]",) * 3


def test_a_log_line_names_the_trace_that_it_is_part_of(lines):
    with request_context(request_id="mine", traceparent=f"00-{'a' * 32}-{'b' * 16}-01"):
        within = json.loads(lines("x"))

    assert (within["request_id"], within["trace_id"]) == ("mine", "a" * 32)
    assert "trace_id" not in json.loads(lines("x"))


@pytest.mark.asvs("14.2.1")
def test_the_access_log_has_the_route_and_never_the_query(client, caplog):
    with caplog.at_level(logging.INFO, logger="access"):
        client.get("/api/v1/numbers/a?cursor=secret")
        client.get("/healthz")

    assert [record.route for record in caplog.records] == ["/api/v1/numbers/<name>"]
    assert "secret" not in caplog.text


@pytest.mark.asvs("4.1.2")
def test_https_only_refuses_the_api_and_lets_health_checks_pass(client, settings):
    settings.REQUIRE_HTTPS = True

    assert client.get("/api/v1/numbers/a").json()["code"] == "permission_denied"
    assert client.get("/healthz").status_code == 200
    assert client.get("/api/v1/numbers/a", secure=True).status_code == 200
