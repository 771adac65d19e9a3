"""Whatever is done to the audit behind its back is found, and the first row of it named."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from auth_project.acting import By, acting
from auth_project.audit import chain, seals, trail
from auth_project.audit.chain import seal
from auth_project.audit.events import Event
from auth_project.audit.models import AuditEntry, ChainEnd
from auth_project.audit.verify import verify
from auth_project.transactions import run_in_txn
from tests.auth.audit.test_chain import written

pytestmark = pytest.mark.asvs("16.4.2")


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auth_project.audit.verify.PAGE", 3)


@pytest.fixture
def rows() -> list[AuditEntry]:
    """Ten, of two people and of staff."""
    for number in range(10):
        with acting(by=By.STAFF if number % 4 == 3 else By.USER, id="", ip="192.0.2.1", user_agent="browser"):
            written(1, user_id=7 + number % 2)
    seal(now=timezone.now())
    return list(AuditEntry.objects.order_by("seq"))


def raw() -> Any:
    return connection.database["audit_entries"]


def drop_unique() -> None:
    """As somebody could who may write to the database."""
    for name, index in raw().index_information().items():
        if index.get("unique") and name != "_id_":
            raw().drop_index(name)


@pytest.fixture
def without_unique() -> Any:
    before = raw().index_information()
    drop_unique()
    yield
    raw().delete_many({})
    for name, index in before.items():
        if index.get("unique") and name != "_id_":
            raw().create_index(
                index["key"], name=name, unique=True, partialFilterExpression=index["partialFilterExpression"]
            )


def test_a_whole_chain_is_whole(rows):
    written(2)
    told = []

    verdict = verify(seen=told.append)

    assert (verdict.rows, verdict.erased, verdict.waiting, verdict.fault) == (10, 0, 2, None)
    assert verdict.last is not None
    assert verdict.last.hash == rows[-1].hash
    assert sum(told) == 10


def test_an_empty_one_is_whole():
    assert (verify().rows, verify().last, verify().fault) == (0, None, None)


CHANGES: dict[str, dict[str, Any]] = {
    "what happened": {"event": "login.succeeded"},
    "when": {"at": timezone.now() - timedelta(days=1)},
    "who did it": {"by": "system"},
    "whose account": {"user_id": 99},
    "the detail": {"detail": {"reason": "another"}},
    "the address": {"ip": "203.0.113.9"},
    "the browser": {"user_agent": ""},
    "the salt": {"about_salt": "0" * 32},
    "a seal": {"source_seal": "00000000." + "0" * 64},
    "the hash": {"hash": "00000000." + "0" * 64},
    "the link": {"previous": "00000000." + "0" * 64},
}


def fault_after(work: Callable[[], Any]) -> str:
    """What is said after `work`, which is undone."""
    before = list(raw().find())
    work()
    said = str(verify().fault)
    raw().delete_many({})
    raw().insert_many(before)
    return said


def test_a_change_of_a_row_is_found(rows):
    """At the beginning, in the middle and at the end."""
    for seq in (1, 6, 10):
        for what, change in CHANGES.items():
            said = fault_after(lambda seq=seq, change=change: AuditEntry.objects.filter(seq=seq).update(**change))

            assert said.startswith(f"row {seq} ("), what
            assert "changed" in said or "moved" in said, what
    assert verify().fault is None


def test_rows_that_were_removed_are_named(rows):
    named = {
        (1,): "row 1: removed",
        (5,): "row 5: removed",
        (4, 5, 6): "rows 4 to 6: removed",
        (9, 10): "rows 9 to 10: removed at the end",
        (10,): "row 10: removed at the end",
    }

    said = {gone: fault_after(lambda gone=gone: AuditEntry.objects.filter(seq__in=gone).delete()) for gone in named}

    assert said == named


def test_a_gap_that_was_closed_by_numbering_anew_is_found(rows):
    AuditEntry.objects.filter(seq=5).delete()
    for row in rows[5:]:
        AuditEntry.objects.filter(pk=row.pk).update(seq=row.seq - 1)

    fault = str(verify().fault)
    assert fault.startswith("row 5 (")
    assert "moved" in fault


def test_two_rows_that_changed_places_are_found(rows, without_unique):
    AuditEntry.objects.filter(pk=rows[4].pk).update(seq=6)
    AuditEntry.objects.filter(pk=rows[5].pk).update(seq=5)

    assert str(verify().fault).startswith(f"row 5 (logout, id {rows[5].pk}): moved")


@pytest.mark.parametrize(("seq", "named"), [(5, "row 5 (logout, id 1): inserted"), (11, "row 11 (logout, id 1): ch")])
def test_a_row_that_was_made_up_is_found(rows, without_unique, seq, named):
    document = raw().find_one({"seq": 5})
    raw().insert_one(document | {"_id": 1, "seq": seq, "previous": rows[-1].hash, "hash": rows[-1].hash})

    fault = str(verify().fault)

    # Of two with one number either may be met first.
    assert fault.startswith(named) or (seq == 5 and fault.startswith("row 5 ("))


def test_a_row_that_is_made_up_and_waits_to_be_sealed_is_found_before_and_after(rows):
    document = raw().find_one({"seq": 5})
    raw().insert_one(document | {"_id": 1, "seq": None, "previous": "", "hash": ""})

    assert str(verify().fault).startswith("a row that waits (logout, id 1): changed or inserted")
    seal(now=timezone.now())
    assert str(verify().fault).startswith("row 11 (logout, id 1): changed or inserted")


def test_a_row_that_was_taken_out_of_the_chain_to_be_sealed_anew_leaves_a_gap(rows):
    AuditEntry.objects.filter(seq=5).update(seq=None, previous="", hash="", detail={"a": "b"})
    seal(now=timezone.now())

    assert str(verify().fault) == "row 5: removed"


def test_a_changed_record_of_the_end_is_found(rows):
    whole = ChainEnd.objects.filter(pk="last").values().get()
    for change in ({"seq": 8}, {"hash": "x"}, {"seal": "x"}):
        ChainEnd.objects.filter(pk="last").update(**whole | change)

        assert str(verify().fault) == "the record of an end of the chain: it was changed"


def test_a_record_of_the_end_that_was_removed_is_found(rows):
    ChainEnd.objects.all().delete()

    assert str(verify().fault) == "the record of the end of the chain: removed"


def test_a_beginning_that_was_made_up_is_found(rows):
    """To make rows vanish as if they had been trimmed."""
    AuditEntry.objects.filter(seq__lte=3).delete()
    last = ChainEnd.objects.get(pk="last")
    ChainEnd.objects.create(id="first", seq=3, hash=rows[2].hash, at=last.at, seal=last.seal)

    assert str(verify().fault) == "the record of an end of the chain: it was changed"


def test_an_older_end_that_was_put_back_is_found_by_a_hash_from_elsewhere(rows):
    older = ChainEnd.objects.get(pk="last")
    written(2)
    seal(now=timezone.now())
    newest = ChainEnd.objects.get(pk="last").hash
    AuditEntry.objects.filter(seq__gt=10).delete()
    ChainEnd.objects.filter(pk="last").update(seq=older.seq, hash=older.hash, at=older.at, seal=older.seal)

    assert verify().fault is None
    assert verify(expected=older.hash).fault is None
    assert "no row has the expected hash" in str(verify(expected=newest).fault)


def test_whoever_has_another_key_makes_no_row(rows, settings):
    settings.AUDIT_KEY = "of somebody else, and long enough"
    written(1)
    seal_with_theirs = AuditEntry.objects.get(seq=None)
    settings.AUDIT_KEY = settings.SECRET_KEY

    seal(now=timezone.now())

    assert str(verify().fault).startswith(f"row 11 (logout, id {seal_with_theirs.pk}): changed or inserted")


def test_after_a_change_of_keys_the_chain_goes_on_and_old_rows_need_the_old_key(rows, settings):
    old, settings.AUDIT_KEY = settings.AUDIT_KEY, "a new one that is long enough as well"
    settings.AUDIT_OLD_KEYS = [old]
    written(2)
    seal(now=timezone.now())

    assert (verify().rows, verify().fault) == (12, None)
    settings.AUDIT_OLD_KEYS = []
    assert str(verify().fault).startswith("row 1 (")


def blank(user_id: int) -> int:
    """Their erasure, as far as the audit is concerned; its id."""

    def write() -> int:
        erasure = trail.record(Event.ERASURE_REQUESTED, user_id=user_id).pk
        trail.forget(user_id=user_id, erasure=erasure)
        return erasure

    return run_in_txn(write)


def test_rows_of_who_is_erased_name_nobody_and_the_chain_is_whole(rows):
    blank(7)

    assert verify().fault is None
    seal(now=timezone.now())
    verdict = verify()
    assert (verdict.rows, verdict.erased, verdict.fault) == (11, 6, None)
    erased = AuditEntry.objects.filter(about_erased_by__isnull=False)
    assert set(erased.values_list("user_id", "about_salt")) == {(None, "")}
    assert {row.detail == {} for row in erased} == {True}
    assert AuditEntry.objects.filter(user_id=8).count() == 5


def test_where_staff_did_it_their_part_of_the_row_stays(rows):
    staffs = AuditEntry.objects.get(seq=4)
    assert (staffs.by, staffs.user_id) == ("staff", 8)

    blank(8)

    staffs.refresh_from_db()
    assert (staffs.user_id, staffs.ip, staffs.source_erased_by) == (None, "192.0.2.1", None)
    own = AuditEntry.objects.get(seq=2)
    assert (own.user_id, own.ip, own.user_agent) == (None, None, "")


def test_who_was_staff_is_taken_out_of_what_they_did_to_others():
    with acting(by=By.STAFF, id="5", ip="192.0.2.1"):
        written(1, user_id=7)

    blank(5)

    row = AuditEntry.objects.get(event="logout")
    assert (row.user_id, row.by_id, row.ip) == (7, "", None)
    seal(now=timezone.now())
    assert verify().fault is None


FORGERIES: dict[str, Callable[[AuditEntry, AuditEntry], dict[str, Any]]] = {
    "without an erasure": lambda row, _: {},
    "naming the erasure of another": lambda row, other: {"about_erased_by": other.about_erased_by},
    "with the seal of another's": lambda row, other: {
        "about_erased_by": other.about_erased_by,
        "about_erasure_seal": other.about_erasure_seal,
    },
}


def test_nobody_else_takes_anything_away_and_calls_it_an_erasure(rows):
    blank(7)
    seal(now=timezone.now())
    other, row = AuditEntry.objects.get(seq=1), AuditEntry.objects.get(seq=6)
    taken_away = {"user_id": None, "detail": {}, "about_salt": ""}

    for forgery in FORGERIES.values():
        AuditEntry.objects.filter(pk=row.pk).update(**taken_away, **forgery(row, other))

        assert str(verify().fault) == f"row 6 (logout, id {row.pk}): changed: its about was taken away by no erasure"


def test_an_erasure_that_is_not_in_the_chain_is_none(rows):
    row = AuditEntry.objects.get(seq=6)
    AuditEntry.objects.filter(pk=row.pk).update(
        user_id=None, detail={}, about_salt="", about_erased_by=2**62,
        about_erasure_seal=seals.seal_of_erasure(row, seals.ABOUT, 2**62),
    )  # fmt: skip

    assert str(verify().fault).startswith(f"row 6 (logout, id {row.pk}): changed: the erasure {2**62} that it names")


def test_trimming_under_way_is_no_fault(rows, monkeypatch):
    """The first page is read before, the rest after."""
    seen = []

    def trimmed(count: int) -> None:
        if not seen:
            chain.trim(now=timezone.now() + timedelta(days=5_000))
        seen.append(count)

    verdict = verify(seen=trimmed)

    assert verdict.fault is None


def test_the_command_says_that_it_is_whole_and_what_to_keep(rows, capsys):
    written(1)

    call_command("verify_audit")

    out = capsys.readouterr().out.splitlines()
    assert out[0] == "The chain is whole: 10 rows, 0 of them without whom they name."
    assert out[1].startswith("1 rows are not sealed yet, the oldest for ")
    assert out[2] == f"head {rows[-1].hash} row 10"
    call_command("verify_audit", "--expect-head", rows[4].hash)


@pytest.mark.parametrize("arguments", [[], ["--expect-head", "nothing"]])
def test_the_command_fails_with_1_where_it_is_not(rows, arguments):
    if not arguments:
        AuditEntry.objects.filter(seq=5).delete()

    with pytest.raises(CommandError, match="NOT WHOLE") as failure:
        call_command("verify_audit", *arguments)

    assert failure.value.returncode == 1
