"""One chain, whoever seals it and however many write; its oldest rows can go without it coming undone."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from auth_project.acting import By, acting
from auth_project.audit import chain, trail
from auth_project.audit.chain import EndRefused, seal, trim
from auth_project.audit.events import Event
from auth_project.audit.models import AuditEntry, ChainEnd
from auth_project.audit.verify import verify
from auth_project.transactions import in_txn, run_in_txn
from tests.auth.explain import plan_of_command
from tests.auth.security.commands import overheard

WRITERS, EACH = 8, 25


def written(count: int, event: Event = Event.LOGOUT, *, user_id: int | None = 7) -> list[AuditEntry]:
    return [run_in_txn(lambda: trail.record(event, user_id=user_id)) for _ in range(count)]


def sealed(count: int) -> list[AuditEntry]:
    written(count)
    seal(now=timezone.now())
    return list(AuditEntry.objects.order_by("seq"))


def test_rows_get_their_places_in_order_each_behind_the_one_before():
    first, second = written(2)

    assert seal(now=timezone.now()) == 2

    rows = list(AuditEntry.objects.order_by("seq"))
    assert [(row.pk, row.seq) for row in rows] == [(first.pk, 1), (second.pk, 2)]
    assert [row.previous for row in rows] == ["", rows[0].hash]
    last = ChainEnd.objects.get(pk="last")
    assert (last.seq, last.hash) == (2, rows[1].hash)
    assert seal(now=timezone.now()) == 0


def test_batches_follow_on_each_other(monkeypatch):
    monkeypatch.setattr(chain, "MOST_AT_ONCE", 2)

    sealed(5)

    assert (verify().rows, verify().fault) == (5, None)


@pytest.mark.asvs("16.2.1")
def test_each_new_end_stands_in_the_log(caplog):
    caplog.set_level(logging.INFO, logger="auth_project.audit.chain")

    rows = sealed(3)

    (line,) = [record for record in caplog.records if record.getMessage() == "audit.sealed"]
    assert (line.row, line.audit_head) == (3, rows[-1].hash)


@pytest.mark.asvs("15.4.1")
def test_many_writers_and_two_sealers_make_one_chain_without_a_gap():
    stop = threading.Event()

    def write(_: int) -> None:
        try:
            written(EACH)
        finally:
            connections.close_all()

    def keep_sealing(_: int) -> None:
        try:
            while not stop.is_set():
                seal(now=timezone.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        sealers = [pool.submit(keep_sealing, number) for number in range(2)]
        list(pool.map(write, range(WRITERS)))
        stop.set()
        for sealer in sealers:
            sealer.result()
    seal(now=timezone.now())

    assert sorted(AuditEntry.objects.values_list("seq", flat=True)) == list(range(1, WRITERS * EACH + 1))
    verdict = verify()
    assert (verdict.rows, verdict.waiting, verdict.fault) == (WRITERS * EACH, 0, None)


def test_a_row_that_is_committed_late_comes_later_in_the_chain():
    """Its id is older than those that are sealed already."""
    sealed(1)
    late = run_in_txn(lambda: trail.record(Event.LOGOUT, user_id=7, entry_id=1))

    seal(now=timezone.now())

    assert AuditEntry.objects.get(pk=late.pk).seq == 2
    assert verify().fault is None


def test_what_is_undone_leaves_no_row_but_a_refusal_stays():
    def work() -> None:
        trail.record(Event.PASSWORD_CHANGED, user_id=7)
        trail.note(Event.PASSWORD_REFUSED, user_id=7)
        assert in_txn()
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        run_in_txn(work)

    assert list(AuditEntry.objects.values_list("event", flat=True)) == ["password.refused"]


def test_what_has_an_effect_is_recorded_with_it_or_not_at_all():
    with pytest.raises(trail.RecordedOutsideTransaction):
        trail.record(Event.LOGOUT, user_id=7)


def test_who_acts_is_told_by_where_it_happens():
    with acting(by=By.STAFF, id="5", ip="192.0.2.1", user_agent="browser"):
        trail.note(Event.LOGOUT, user_id=7)
    trail.note(Event.LOGOUT, user_id=7)

    rows = AuditEntry.objects.order_by("pk").values_list("by", "by_id", "ip", "user_agent")
    assert list(rows) == [("staff", "5", "192.0.2.1", "browser"), ("system", "", None, "")]


def test_refused_sign_ins_of_nobody_are_folded_into_one_row_and_others_are_not():
    for user_id in (None, 7, None, None):
        with acting(by=By.USER, ip="192.0.2.1"):
            trail.note(Event.LOGIN_FAILED, user_id=user_id, reason="password")

    seal(now=timezone.now())

    rows = AuditEntry.objects.order_by("seq").values_list("seq", "event", "user_id", "by", "detail")
    assert list(rows) == [
        (1, "login.failed", 7, "unknown", {"reason": "password"}),
        (2, "login.of_nobody", None, "system", {"attempts": "3"}),
    ]
    assert verify().fault is None


def test_whose_name_was_taken_out_by_hand_is_not_folded():
    trail.note(Event.LOGIN_FAILED, user_id=7)
    AuditEntry.objects.update(user_id=None)

    seal(now=timezone.now())

    assert "its about does not fit" in str(verify().fault)


def test_an_end_that_somebody_changed_or_took_away_is_not_built_upon():
    sealed(3)
    written(1)
    whole = ChainEnd.objects.get()

    ChainEnd.objects.update(seq=2)
    with pytest.raises(EndRefused):
        seal(now=timezone.now())
    ChainEnd.objects.all().delete()
    with pytest.raises(EndRefused):
        seal(now=timezone.now())

    assert AuditEntry.objects.filter(seq=None).count() == 1
    whole.save(force_insert=True)
    assert seal(now=timezone.now()) == 1


@pytest.fixture
def old_rows(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[AuditEntry]:
    """Six: of thirty days, in pairs of a day; a batch of trimming has two."""
    settings.AUDIT_RETENTION_DAYS = 30
    monkeypatch.setattr(chain, "MOST_TRIMMED", 2)
    now = timezone.now()
    for days in (50, 50, 40, 40, 2, 1):
        monkeypatch.setattr(trail.timezone, "now", lambda days=days: now - timedelta(days=days))
        written(1)
    monkeypatch.undo()
    settings.AUDIT_RETENTION_DAYS = 30
    seal(now=now)
    return list(AuditEntry.objects.order_by("seq"))


def test_whole_days_go_from_the_beginning_and_the_rest_is_whole(old_rows):
    assert trim(now=timezone.now()) == 4
    assert trim(now=timezone.now()) == 0
    seal(now=timezone.now())

    rows = list(AuditEntry.objects.order_by("seq").values_list("seq", "event", "by", "detail"))
    assert rows == [
        (5, "logout", "system", {}),
        (6, "logout", "system", {}),
        (7, "audit.trimmed", "system", {"rows": "4"}),
    ]
    first = ChainEnd.objects.get(pk="first")
    assert (first.seq, first.hash) == (4, old_rows[3].hash)
    verdict = verify()
    assert (verdict.rows, verdict.fault) == (3, None)


def test_a_chain_of_which_all_was_trimmed_goes_on(old_rows):
    trim(now=timezone.now() + timedelta(days=100))
    seal(now=timezone.now())

    assert [row.seq for row in AuditEntry.objects.all()] == [7]
    assert verify().fault is None


def test_rows_that_wait_are_never_trimmed(old_rows):
    AuditEntry.objects.filter(seq=1).update(seq=None)

    assert trim(now=timezone.now()) == 3
    assert AuditEntry.objects.filter(seq=None, event="logout").count() == 1


def test_what_waits_is_found_by_an_index():
    sealed(20)
    written(1)

    with overheard() as commands:
        seal(now=timezone.now())

    finds = [one for one in commands if one.get("find") == "audit_entries" and one["filter"] == {"seq": None}]
    assert len(finds) == 2
    stages, examined = plan_of_command(finds[0])
    assert ("COLLSCAN" in stages, examined) == (False, 0)
