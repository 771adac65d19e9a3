"""What a process knows of the keys: soon what is new, the last while MongoDB is away, and never aloud."""

import pytest
from django.db import connection
from django.utils import timezone

from auth_project.events.models import OutboxEvent
from auth_project.signing_keys import keyring, schedule, sealing, selectors, services
from auth_project.transactions import run_in_txn
from shared.env import ConfigurationError
from tests.auth.signing_keys.conftest import reread

pytestmark = pytest.mark.usefixtures("_other_keys")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(keyring.refreshed(), "_clock", clock)
    keyring.refreshed().forget()
    keyring.current()
    return clock


def kids() -> list[str]:
    return [key["kid"] for key in keyring.current().published(now=timezone.now())["keys"]]


def test_a_new_key_is_known_within_a_second(clock):
    new = services.rotate(now=timezone.now()).key.kid
    clock.now = 0.9
    assert new not in kids()

    clock.now = 1.0
    assert new in kids()


def test_while_mongodb_is_away_the_last_keys_are_good_for_a_third_of_the_lead_time(clock, monkeypatch):
    before = kids()

    def fail(*_, **__):
        raise ConnectionError("away")

    monkeypatch.setattr(selectors, "find_last", fail)
    clock.now = schedule.lead().total_seconds() / 3
    assert kids() == before

    clock.now += 1
    with pytest.raises(ConnectionError):
        kids()
    monkeypatch.undo()


def test_the_key_that_signs_next_does_so_on_time_though_mongodb_is_away(clock):
    new = services.rotate(now=timezone.now()).key
    clock.now = 1.0

    assert keyring.current().signer(now=new.signs_from)[0] == new.kid


def test_keys_are_read_outside_of_the_transaction_that_is_open():
    def look() -> list[str]:
        list(OutboxEvent.objects.all())  # from here on the transaction sees what is there now
        connection.database["signing_keys"].update_one({}, {"$set": {"kid": "changed since"}})
        return [key.kid for key in selectors.recent()]

    assert run_in_txn(look) == ["changed since"]


@pytest.mark.asvs("13.3.1", "11.2.2", "16.2.5")
def test_no_private_key_and_no_encryption_key_is_ever_seen(caplog, settings):
    secrets = settings.AUTH_KEY_ENCRYPTION_KEYS
    caplog.set_level("DEBUG")
    services.rotate(now=timezone.now())
    services.replace_all(now=timezone.now())
    ring = reread()
    stored = selectors.every()
    privates = [sealing.unseal(key).private_bytes_raw() for key in stored]
    settings.AUTH_KEY_ENCRYPTION_KEYS = ["another " * 5]
    sealing._cipher.cache_clear()
    with pytest.raises(ConfigurationError) as refused:
        services.prepare(now=timezone.now())
    settings.AUTH_KEY_ENCRYPTION_KEYS = secrets
    sealing._cipher.cache_clear()

    seen = repr([ring, stored, refused.value, refused.value.__cause__, refused.value.__context__]) + caplog.text
    raw = str(list(connection.database["signing_keys"].find()))
    for private in privates:
        for spelled in (private.hex(), repr(private)[2:-1]):
            assert spelled not in seen
            assert spelled not in raw
    for secret in secrets:
        assert secret not in seen + raw
    for key in stored:
        assert bytes(key.sealed).decode() not in seen
