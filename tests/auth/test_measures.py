"""What `/metrics` says of what waits in Auth's database."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pymongo.errors import AutoReconnect

from auth_project import measures
from auth_project.audit.chain import seal
from auth_project.audit.events import Event
from auth_project.audit.trail import note
from auth_project.events.models import OutboxEvent
from auth_project.mail.models import Mail
from shared import metrics
from shared.samples import Sampled
from tests.auth.fakes import EVERY_CALL_OF_MONGODB


@pytest.fixture
def sampled() -> Sampled:
    """As in `SAMPLES`, but nothing that was read for another test is kept."""
    return Sampled("mongodb", measures.backlog)


def exposed(sampled: Sampled) -> dict[str, float]:
    lines = metrics.exposition([sampled]).decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line.startswith(("outbox_e", "outbox_old", "mails", "metrics_")))
    return {name: float(value) for name, value in pairs}


def event(status: str, *, age: int) -> None:
    since = timezone.now() - timedelta(seconds=age)
    OutboxEvent.objects.create(type="x", user_id=1, sequence=1, data={}, status=status, created_at=since)


def mail(status: str, *, age: int) -> None:
    since = timezone.now() - timedelta(seconds=age)
    Mail.objects.create(to="a@example.org", template="x", context={}, status=status, created_at=since)


def test_of_what_waits_the_number_and_the_age_of_the_oldest_are_told(sampled):
    for status, age in (("pending", 60), ("pending", 90), ("dead", 5000), ("delivered", 9000)):
        event(status, age=age)
    for status, age in (("pending", 30), ("dead", 7000), ("dead", 8000)):
        mail(status, age=age)

    told = exposed(sampled)

    assert told.pop("outbox_oldest_pending_seconds") == pytest.approx(90, abs=5)
    assert told.pop("mails_oldest_pending_seconds") == pytest.approx(30, abs=5)
    assert told == {
        'metrics_source_up{source="mongodb"}': 1,
        'outbox_events{status="pending"}': 2,
        'outbox_events{status="dead"}': 1,
        'mails{status="pending"}': 1,
        'mails{status="dead"}': 2,
    }


def test_of_the_audit_what_waits_to_be_sealed_is_told(sampled):
    note(Event.LOGOUT, user_id=1)
    seal(now=timezone.now())
    for _ in range(2):
        note(Event.LOGOUT, user_id=1)

    lines = metrics.exposition([sampled]).decode().splitlines()
    told = dict(line.rsplit(" ", 1) for line in lines if line.startswith("audit_"))

    assert float(told["audit_unsealed"]) == 2
    assert 0 <= float(told["audit_oldest_unsealed_seconds"]) < 60


def test_beyond_some_number_no_more_are_counted(sampled, monkeypatch):
    monkeypatch.setattr(measures, "MOST_COUNTED", 2)
    for _ in range(3):
        event("pending", age=60)
    event("dead", age=60)

    told = exposed(sampled)

    assert (told['outbox_events{status="pending"}'], told['outbox_events{status="dead"}']) == (2, 1)


def test_where_nothing_waits_that_is_told(sampled):
    told = exposed(sampled)

    assert (told['outbox_events{status="pending"}'], told["outbox_oldest_pending_seconds"]) == (0, 0)
    assert (told['mails{status="dead"}'], told["mails_oldest_pending_seconds"]) == (0, 0)


def test_without_mongodb_the_rest_is_still_told(api, sampled, monkeypatch):
    def away(*_, **__):
        raise AutoReconnect("away")

    with monkeypatch.context() as patched:
        patched.setattr(EVERY_CALL_OF_MONGODB, away)

        assert exposed(sampled) == {'metrics_source_up{source="mongodb"}': 0}
        assert api.get("/metrics").status_code == 200
