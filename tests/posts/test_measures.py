"""What `/metrics` says of what waits in Posts' database."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from posts_project import measures
from posts_project.events.registry import defer, defer_at
from posts_project.revocations.models import PublishedKeys
from shared import metrics
from shared.samples import Sampled

pytestmark = pytest.mark.django_db


def told() -> dict[str, float]:
    """Read in this thread, whose transaction no other sees."""
    families = [*measures.jobs(), *measures.keys()]
    samples = [sample for family in families for sample in family.samples]
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}


def queued_at(moment) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = %s", [moment])


def test_an_empty_queue_has_no_age():
    assert told() == {"jobs_oldest_due_seconds": 0}


def test_jobs_are_told_by_state_and_task_and_the_oldest_that_could_run_by_its_age():
    defer("profiles.refresh", profile_id=1)
    defer("profiles.refresh", profile_id=2)
    defer("worker.purge_profile", profile_id=3)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'worker.purge_profile'")
    queued_at(timezone.now() - timedelta(seconds=100))
    defer_at(timezone.now() - timedelta(seconds=40), "drafts.send", scheduled_id=1, at="")

    age = told()

    assert age.pop("jobs_oldest_due_seconds") == pytest.approx(100, abs=5)
    assert age == {
        "jobs todo profiles.refresh": 2,
        "jobs todo drafts.send": 1,
        "jobs failed worker.purge_profile": 1,
    }


def test_a_job_of_a_later_time_is_as_old_as_that_is_past():
    defer_at(timezone.now() - timedelta(seconds=40), "drafts.send", scheduled_id=1, at="")
    queued_at(timezone.now() - timedelta(seconds=4000))
    assert told()["jobs_oldest_due_seconds"] == pytest.approx(40, abs=5)


def test_what_is_not_due_or_has_failed_does_not_wait():
    defer_at(timezone.now() + timedelta(hours=1), "drafts.send", scheduled_id=1, at="")
    defer("profiles.refresh", profile_id=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'profiles.refresh'")
    queued_at(timezone.now() - timedelta(seconds=4000))

    assert told()["jobs_oldest_due_seconds"] == 0


def test_since_when_auths_keys_are_known_is_told():
    fetched_at = timezone.now() - timedelta(hours=3)
    PublishedKeys.objects.create(id=1, document={"keys": []}, fetched_at=fetched_at)

    assert told()["published_keys_fetched_timestamp_seconds"] == fetched_at.timestamp()


def test_without_postgresql_the_rest_is_still_told(monkeypatch):
    def away(*_):
        raise OperationalError("away")

    monkeypatch.setattr("posts_project.measures.sql.rows", away)
    sampled = Sampled("postgresql", measures.jobs)

    assert 'metrics_source_up{source="postgresql"} 0.0' in metrics.exposition([sampled]).decode().splitlines()
    assert Client().get("/metrics").status_code == 200
