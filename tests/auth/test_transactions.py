"""`run_in_txn`: both documents or none, whatever happens to the commit."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection
from pymongo.client_session import ClientSession
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError
from pymongo.synchronous.client_session import _TxnState

from auth_project import transactions
from auth_project.accounts.models import User
from auth_project.events.models import OutboxEvent
from auth_project.transactions import in_txn, run_in_txn
from tests.auth.fakes import make_user


def test_both_documents_are_written():
    def work() -> str:
        make_user("ada")
        _note()
        return "done"

    assert run_in_txn(work) == "done"

    assert (User.objects.count(), OutboxEvent.objects.count()) == (1, 1)


@pytest.mark.asvs("2.3.3")
def test_an_error_leaves_nothing_behind():
    def work() -> None:
        make_user("ada")
        _note()
        raise ValueError("after both writes")

    with pytest.raises(ValueError, match="after both writes"):
        run_in_txn(work)

    assert (User.objects.count(), OutboxEvent.objects.count()) == (0, 0)
    assert_thread_still_writes_atomically()


def test_a_commit_whose_reply_is_lost_is_asked_again_and_counts_once(monkeypatch):
    runs = []
    lose_replies(monkeypatch, how_many=2)

    run_in_txn(lambda: runs.append(make_user("ada")))

    assert len(runs) == 1
    assert User.objects.count() == 1
    assert_thread_still_writes_atomically()


def test_a_commit_whose_every_reply_is_lost_raises_and_leaves_the_thread_usable(monkeypatch):
    monkeypatch.setattr(transactions, "RETRY_FOR_SECONDS", 0.05)
    with monkeypatch.context() as patch:
        lose_replies(patch, how_many=1_000)
        with pytest.raises(AutoReconnect):
            run_in_txn(lambda: make_user("ada"))

    assert_thread_still_writes_atomically()


def test_an_integrity_error_caught_inside_commits_nothing_and_leaves_the_thread_usable(monkeypatch):
    monkeypatch.setattr(transactions, "RETRY_FOR_SECONDS", 0.05)
    make_user("ada")

    def work() -> None:
        _note()
        try:
            make_user("ada", email="other@example.com")
        except IntegrityError:
            _note()  # a bug: the server has undone the transaction already

    with pytest.raises((DatabaseError, PyMongoError)):
        run_in_txn(work)

    assert OutboxEvent.objects.count() == 0
    assert_thread_still_writes_atomically()


def test_a_transient_error_runs_the_work_again():
    runs = []

    def work() -> User:
        runs.append(None)
        user = make_user("ada")
        if len(runs) < 3:
            raise DatabaseError from labelled(OperationFailure("write conflict"), transactions.TRANSIENT)
        return user

    run_in_txn(work)

    assert len(runs) == 3
    assert User.objects.count() == 1


def test_an_attempt_that_broke_off_does_not_stand_in_the_way_of_the_next(monkeypatch):
    """The connection broke, so the server never heard that the first attempt is over and still holds its locks."""
    runs = []

    def unheard(session: ClientSession) -> None:
        session._transaction.state = _TxnState.ABORTED
        session._server_session.mark_dirty()  # as pymongo does; such a session is not used for anything new

    def work() -> None:
        runs.append(None)
        make_user("ada")
        if len(runs) == 1:
            raise labelled(AutoReconnect("connection closed"), transactions.TRANSIENT)

    monkeypatch.setattr(ClientSession, "abort_transaction", unheard)
    run_in_txn(work)

    assert len(runs) == 2
    assert User.objects.count() == 1


def test_other_database_errors_are_not_tried_again():
    make_user("ada")
    runs = []

    def work() -> None:
        runs.append(None)
        make_user("ada", email="other@example.com")

    with pytest.raises(IntegrityError):
        run_in_txn(work)

    assert len(runs) == 1


def test_a_transaction_inside_of_another_is_part_of_it():
    def outer() -> None:
        run_in_txn(lambda: make_user("ada"))
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        run_in_txn(outer)

    assert User.objects.count() == 0


def test_reads_inside_see_the_writes_before_them():
    def work() -> int:
        make_user("ada")
        assert in_txn()
        return User.objects.count()

    assert run_in_txn(work) == 1
    assert not in_txn()


def assert_thread_still_writes_atomically() -> None:
    def work() -> None:
        make_user("eve")
        raise KeyError

    with pytest.raises(KeyError):
        run_in_txn(work)
    assert not User.objects.filter(username_ci="eve").exists()
    run_in_txn(lambda: make_user("eve"))
    assert User.objects.filter(username_ci="eve").exists()
    assert connection.session is None


def lose_replies(monkeypatch: pytest.MonkeyPatch, *, how_many: int) -> None:
    """The server commits, but the client hears of it only after `how_many` answers got lost."""
    commit: Callable[[ClientSession], None] = ClientSession.commit_transaction
    lost = []

    def committed_unheard(session: ClientSession) -> None:
        commit(session)
        if len(lost) < how_many:
            lost.append(None)
            raise labelled(AutoReconnect("connection closed"), transactions.UNKNOWN_COMMIT)

    monkeypatch.setattr(ClientSession, "commit_transaction", committed_unheard)


def labelled(error: Any, label: str) -> Any:
    error._add_error_label(label)
    return error


def _note() -> None:
    OutboxEvent.objects.create(type="test", user_id=1, sequence=1, data={})
