"""Published keys are cached, fetched once for all threads, and kept when the publisher fails."""

import threading
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.jwks import KeysUnavailable, RemoteKeys
from shared.keys import key_set, public_jwk
from shared.remote_errors import RemoteUnavailable

OLD, NEW = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
OLD_KID, NEW_KID = public_jwk(OLD)["kid"], public_jwk(NEW)["kid"]


class Publisher:
    def __init__(self, *keys):
        self.document = key_set(keys)
        self.fetches = 0
        self.now = 0.0

    def __call__(self):
        self.fetches += 1
        if isinstance(self.document, Exception):
            raise self.document
        return self.document

    def clock(self):
        return self.now


@pytest.fixture
def publisher():
    return Publisher(OLD)


@pytest.fixture
def keys(publisher):
    return RemoteKeys(publisher, clock=publisher.clock)


def test_known_keys_are_fetched_once(keys, publisher):
    for _ in range(100):
        assert keys.find(OLD_KID) is not None

    assert publisher.fetches == 1


def test_ten_thousand_unknown_ids_cost_two_fetches(keys, publisher):
    for number in range(10_000):
        publisher.now = number / 1000
        assert keys.find(f"unknown-{number}") is None

    assert publisher.fetches <= 2


def test_a_new_key_is_found_ten_seconds_after_the_last_fetch(keys, publisher):
    keys.find(OLD_KID)
    publisher.document = key_set([OLD, NEW])

    assert keys.find(NEW_KID) is None
    publisher.now = 10

    assert keys.find(NEW_KID) is not None


def test_a_set_that_is_to_be_younger_is_read_more_often(publisher):
    keys = RemoteKeys(publisher, refresh_seconds=1, clock=publisher.clock)
    keys.find(OLD_KID)
    publisher.document = key_set([OLD, NEW])
    publisher.now = 1.1
    keys.find(OLD_KID)

    assert keys.find(NEW_KID) is not None
    assert publisher.fetches == 2


def test_a_retired_key_is_gone_after_five_minutes(keys, publisher):
    keys.find(OLD_KID)
    publisher.document = key_set([NEW])
    publisher.now = 301

    assert keys.find(OLD_KID) is None


@pytest.mark.parametrize(
    "document",
    [
        RemoteUnavailable("down"),
        {},
        {"keys": []},
        {"keys": [{"kty": "RSA"}]},
        {"keys": [public_jwk(NEW), public_jwk(NEW)]},
        {"keys": [public_jwk(NEW) | {"d": "AAAA"}]},
        {"keys": [public_jwk(NEW) | {"kid": OLD_KID}]},
        {"keys": [public_jwk(Ed25519PrivateKey.generate()) for _ in range(11)]},
        "<html>",
    ],
)
@pytest.mark.asvs("9.1.3")
def test_a_failing_or_suspect_publisher_leaves_the_old_set(keys, publisher, document):
    keys.find(OLD_KID)
    publisher.document = document
    publisher.now = 3600

    assert keys.find(OLD_KID) is not None
    assert keys.find(NEW_KID) is None


def test_after_a_day_the_old_set_is_too_old(keys, publisher):
    keys.find(OLD_KID)
    publisher.document = RemoteUnavailable("down")
    publisher.now = 24 * 3600 + 1

    with pytest.raises(KeysUnavailable):
        keys.find(OLD_KID)


def test_without_any_set_nothing_can_be_judged(publisher):
    publisher.document = RemoteUnavailable("down")

    with pytest.raises(KeysUnavailable):
        RemoteKeys(publisher).find(OLD_KID)


def test_whoever_has_no_keys_at_all_asks_again_after_a_second(keys, publisher):
    publisher.document = RemoteUnavailable("not started yet")
    for publisher.now in (0, 0.5, 0.9):
        with pytest.raises(KeysUnavailable):
            keys.find(OLD_KID)
    publisher.document = key_set([OLD])
    publisher.now = 1

    assert keys.find(OLD_KID) is not None
    assert publisher.fetches == 2


def test_fifty_threads_cause_one_fetch(publisher):
    def slowly():
        time.sleep(0.05)
        return publisher()

    keys = RemoteKeys(slowly)
    found = []
    threads = [threading.Thread(target=lambda: found.append(keys.find(OLD_KID))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(found), None in found, publisher.fetches) == (50, False, 1)


def test_behind_a_publisher_that_hangs_one_thread_waits_and_no_other(keys, publisher):
    keys.find(OLD_KID)
    publisher.now, hangs, released = 20.0, threading.Event(), threading.Event()

    def hang():
        hangs.set()
        released.wait(5)
        raise RemoteUnavailable("it hung")

    keys._fetch = hang
    first = threading.Thread(target=keys.find, args=("unknown",))
    first.start()
    hangs.wait(5)
    started = time.monotonic()

    with pytest.raises(KeysUnavailable):
        keys.find("another")
    assert keys.find(OLD_KID) is not None

    assert time.monotonic() - started < 0.5
    released.set()
    first.join(5)
    assert keys.find("another") is None
