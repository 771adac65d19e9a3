"""Health answers: not ready without its own parts, degraded without the peer."""

import pytest

from tests.shared import urls


@pytest.fixture(autouse=True)
def fresh_probe(monkeypatch):
    monkeypatch.setattr(urls.peer, "_asked_at", float("-inf"))


def test_all_is_well(client):
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (
        200,
        {
            "status": "ok",
            "checks": {"database": "ok", "once": "ok"},
            "peers": {"peer": {"reachable": True, "breaker": "closed"}},
        },
    )


def test_the_peer_down_is_degraded_not_unready(client, monkeypatch):
    monkeypatch.setattr(urls, "peer_is_up", False)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["peers"] == {"peer": {"reachable": False, "breaker": "closed"}}


def test_the_database_down_is_unready_but_alive(client, monkeypatch):
    client.get("/readyz")
    monkeypatch.setattr(urls, "database_is_up", False)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (503, "unavailable")
    assert response.json()["checks"] == {"database": "failed", "once": "ok"}
    assert client.get("/healthz").json() == {"status": "ok"}


def test_the_peer_is_asked_at_most_every_two_seconds(client, monkeypatch):
    client.get("/readyz")
    monkeypatch.setattr(urls, "peer_is_up", False)

    assert client.get("/readyz").json()["status"] == "ok"


def test_requests_are_counted_by_route(client):
    client.get("/api/v1/numbers/some-name")

    text = client.get("/metrics").content.decode()

    assert 'http_requests_total{method="GET",route="/api/v1/numbers/<name>",status="200"}' in text
    assert "some-name" not in text
    assert 'route="/readyz"' not in text
