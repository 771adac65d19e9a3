"""Health: the database decides, Auth being down only degrades."""

import pytest
from django.test import Client

from tests.posts.fakes import FakeAuthClient


@pytest.mark.django_db
def test_auth_being_down_is_degraded_and_still_ready(auth: FakeAuthClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.health.PEER_PROBE_SECONDS", -1.0)
    well = Client().get("/readyz")
    auth.down = True
    ill = Client().get("/readyz")

    assert (well.status_code, well.json()["status"]) == (200, "ok")
    assert (ill.status_code, ill.json()["status"]) == (200, "degraded")
    assert ill.json()["checks"] == {"database": "ok", "migrations": "ok"}
    assert ill.json()["peers"]["auth"]["reachable"] is False


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_process_answers(path: str) -> None:
    assert Client().get(path).status_code == 200
