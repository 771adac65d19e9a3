"""Every operation that writes, sent again: one effect and one answer, whoever sends it how often and when."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection
from django.http import HttpResponse

from posts_project.idempotency.store import store
from shared.idempotency import Call as KeyedCall
from tests.operations import Operation
from tests.posts.calls import CALLS, OPERATIONS, UNSAFE, World, make_world
from tests.posts.contents import changes, contents
from tests.posts.people import Person

pytestmark = pytest.mark.slow

KEY = {"Idempotency-Key": "the-very-same"}
AT_ONCE = 20

every_operation = pytest.mark.parametrize("operation", UNSAFE, ids=str)


@pytest.fixture
def world(person: Callable[..., Person]) -> World:
    return make_world(person)


def test_every_operation_that_writes_has_its_line() -> None:
    assert {operation.id for operation in UNSAFE} <= CALLS.keys() <= OPERATIONS.keys()


@every_operation
def test_sent_twice_is_as_once(operation: Operation, world: World) -> None:
    path = world.address(operation)
    before = contents()

    first = world.send(operation, path, **KEY)
    once = contents()
    second = world.send(operation, path, **KEY)

    assert first.status_code < 300, first.content
    assert once != before
    assert_replayed(second, first)
    assert contents() == once


@every_operation
def test_another_body_with_the_key_is_refused(operation: Operation, world: World) -> None:
    path = world.address(operation)
    assert world.send(operation, path, **KEY).status_code < 300
    once = contents()

    for other in ({**(world.body(operation) or {}), "text": "Something else"}, {"unknown": 1}):
        answer = world.send(operation, path, other, **KEY)

        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert contents() == once


@every_operation
def test_while_the_first_is_at_it_others_are_told_so(operation: Operation, world: World) -> None:
    path = world.address(operation)
    before = contents()

    with somebody_at_it(world.me):
        answer = world.send(operation, path, **KEY)

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
    assert contents() == before
    assert world.send(operation, path, **KEY).status_code < 300


@pytest.mark.django_db(transaction=True)
@every_operation
@pytest.mark.asvs("2.3.4", "15.4.1")
def test_twenty_at_once_are_as_one(operation: Operation, person: Callable[..., Person]) -> None:
    twin, world = make_world(person), make_world(person)
    paths = twin.address(operation), world.address(operation)

    once = changes(lambda: twin.send(operation, paths[0]))
    answers: list[HttpResponse] = []
    twenty = changes(lambda: answers.extend(at_once(lambda: world.send(operation, paths[1], **KEY))))

    assert twenty == once
    done = [answer for answer in answers if answer.status_code != 409]
    assert len([answer for answer in done if "Idempotency-Replayed" not in answer]) == 1
    last = world.send(operation, paths[1], **KEY)
    for answer in done:
        assert_replayed(last, answer)
    for answer in set(answers) - set(done):
        assert answer.json()["code"] == "idempotency_in_progress"


def assert_replayed(again: HttpResponse, first: HttpResponse) -> None:
    """The same status, the same bytes and the same headers, and that it is not the first time."""
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for name in ("Content-Type", "Location", "ETag"):
        assert again.get(name) == first.get(name)
    assert again["Idempotency-Replayed"] == "true"


def at_once(send: Callable[[], HttpResponse]) -> list[HttpResponse]:
    barrier = threading.Barrier(AT_ONCE)

    def attempt(_: int) -> HttpResponse:
        barrier.wait()
        try:
            return send()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(attempt, range(AT_ONCE)))


@contextmanager
def somebody_at_it(who: Person) -> Iterator[None]:
    """Another thread is in the middle of a call of theirs with the key; it fails in the end."""
    begun, told = threading.Event(), threading.Event()

    def work() -> HttpResponse:
        begun.set()
        told.wait()
        raise InterruptedError

    def attempt() -> None:
        call = KeyedCall(actor=who.id, key=KEY["Idempotency-Key"], fingerprint="")
        try:
            with pytest.raises(InterruptedError):
                store.once(call, work, secret=False)
        finally:
            connection.close()

    thread = threading.Thread(target=attempt)
    thread.start()
    assert begun.wait(10)
    try:
        yield
    finally:
        told.set()
        thread.join()
