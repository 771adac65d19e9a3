"""Alive, ready, or not: what the machines around us are told."""

import pytest
from django.db import connection

from auth_project import health


def test_alive(api):
    response = api.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_but_degraded_while_posts_is_away(api):
    response = api.get("/readyz")

    body = response.json()
    assert response.status_code == 200
    assert body["status"] == "degraded"
    assert body["checks"] == {"mongodb": "ok", "migrations": "ok", "signing_keys": "ok"}
    assert body["peers"]["posts"]["reachable"] is False
    assert body["peers"]["posts"]["breaker"] in ("closed", "open", "half_open")


def test_an_unapplied_migration_is_noticed():
    applied = connection.database["django_migrations"]
    record = applied.find_one_and_delete({"app": "tokens"}, sort=[("name", -1)])

    with pytest.raises(health.NotMigrated):
        health.migrations()

    applied.insert_one(record)
    health.migrations()


def test_metrics_are_there(api):
    assert "http_requests_total" in api.get("/metrics").content.decode()
