"""Another key of a service: every step may be stopped and repeated, and no call is refused on the way."""

import json
import os
import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from shared import service_key_rotation
from shared.key_files import LOOK_EVERY_SECONDS
from shared.keys import generate_private_key, key_set, load_key_set, load_private_key, public_jwk
from shared.remote_errors import RemoteUnavailable
from shared.service_key_rotation import OLD_IS_NEEDED_SECONDS, ServiceKeyCommand


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.pem"
    generate_private_key(path)
    return path


@pytest.fixture
def pinned(tmp_path, own):
    path = tmp_path / "own.jwks.json"
    path.write_text(json.dumps(key_set([load_private_key(own)])))
    return path


@pytest.fixture
def waited(monkeypatch):
    """Seconds that were waited for, which did not pass."""
    seconds: list[float] = []
    monkeypatch.setattr(service_key_rotation, "wait", lambda length, *, what: seconds.append(length))
    return seconds


@pytest.fixture
def rotate(own, pinned, capsys, waited):
    def run(*arguments: str, takes: Callable[[Ed25519PrivateKey], bool] | None = None) -> str:
        command = Command()
        command.key_file = own
        command.takes = takes or (lambda key: public_jwk(key)["kid"] in load_key_set(pinned))
        call_command(command, *arguments)
        return capsys.readouterr().out

    return run


class Command(ServiceKeyCommand):
    program, database, peer = "manage_own.py", "no database", "Peer"

    def is_outage(self, error: Exception) -> bool:
        return False


def kid(path) -> str:
    return public_jwk(load_private_key(path))["kid"]


def long_ago(path) -> None:
    os.utime(path, (0, 0))


def test_all_steps_one_after_the_other(rotate, own, pinned, waited):
    old, inode = kid(own), (own.stat().st_ino, pinned.stat().st_ino)
    monitored: list[set[str]] = []

    def takes(key: Ed25519PrivateKey) -> bool:
        monitored.append(set(load_key_set(pinned)))
        return public_jwk(key)["kid"] in load_key_set(pinned)

    with pytest.raises(CommandError, match=r"Calls signed with the old key may be on their way: again in \d+ s"):
        rotate("all", "--pinned", str(pinned), takes=takes)
    new = kid(own)
    assert new != old
    assert all(known == {old, new} for known in monitored)
    assert waited[-1] == pytest.approx(OLD_IS_NEEDED_SECONDS, abs=2)
    assert set(load_key_set(pinned)) == {old, new}

    long_ago(own)
    rotate("finish", "--pinned", str(pinned))

    assert list(load_key_set(pinned)) == [new]
    # Mounted one by one, as secrets of containers are, they must stay the same files.
    assert (own.stat().st_ino, pinned.stat().st_ino) == inode
    assert not own.with_name("own.pem.next").exists()


def test_where_the_peers_file_is_elsewhere_the_sets_are_told(rotate, own, pinned):
    old = kid(own)
    first = json.loads(rotate("begin"))
    assert json.loads(rotate("begin")) == first
    assert [key["kid"] for key in first["keys"]] == [old, kid(own.with_name("own.pem.next"))]

    with pytest.raises(CommandError, match="Peer does not take the new key yet"):
        rotate("switch")
    with pytest.raises(CommandError, match="The new key does not sign yet"):
        rotate("finish")
    assert kid(own) == old

    pinned.write_text(json.dumps(first))
    rotate("switch")
    long_ago(own)
    assert json.loads(rotate("finish")) == key_set([load_private_key(own)])


def test_for_a_key_that_has_leaked_nobody_waits_a_minute(rotate, own, pinned, waited):
    old = kid(own)
    rotate("begin", "--pinned", str(pinned))
    rotate("switch")
    os.utime(own, (time.time() - LOOK_EVERY_SECONDS,) * 2)

    rotate("finish", "--pinned", str(pinned), "--leaked")

    assert old not in load_key_set(pinned)


def test_a_switch_that_was_killed_half_way_goes_on(rotate, own, pinned):
    rotate("begin", "--pinned", str(pinned))
    following = own.with_name("own.pem.next")
    own.write_bytes(following.read_bytes())

    rotate("begin", "--pinned", str(pinned))
    rotate("switch", "--pinned", str(pinned))

    assert not following.exists()
    assert len(load_key_set(pinned)) == 2


def test_a_rotation_that_follows_at_once_leaves_the_key_before_pinned(rotate, own, pinned):
    old = kid(own)
    for step in ("begin", "switch", "begin"):
        rotate(step, "--pinned", str(pinned))

    assert old in load_key_set(pinned)
    assert len(load_key_set(pinned)) == 3


def test_one_process_of_the_peer_that_does_not_know_the_key_is_enough_to_wait(rotate, own, pinned):
    old, answers = kid(own), iter([True, True, False])
    rotate("begin", "--pinned", str(pinned))

    with pytest.raises(CommandError, match="does not take the new key yet"):
        rotate("switch", takes=lambda key: next(answers))

    assert kid(own) == old


def test_a_peer_that_is_away_is_named(rotate, own):
    def away(key: Ed25519PrivateKey) -> bool:
        raise RemoteUnavailable("peer: ConnectionError")

    rotate("begin")
    with pytest.raises(CommandError, match=r"Peer does not answer \(peer: ConnectionError\)"):
        rotate("switch", takes=away)


@pytest.mark.parametrize("arguments", [["begin"], ["switch"], ["finish"], ["all"]])
def test_a_dry_run_changes_nothing(rotate, own, pinned, arguments):
    before = sorted((path.name, path.read_bytes()) for path in own.parent.iterdir())

    rotate(*arguments, "--dry-run", "--pinned", str(pinned))

    assert sorted((path.name, path.read_bytes()) for path in own.parent.iterdir()) == before


def test_no_private_key_is_told(rotate, own, pinned, capsys):
    told = rotate("begin") + rotate("begin", "--pinned", str(pinned)) + rotate("switch")

    assert "PRIVATE" not in told + capsys.readouterr().err
    assert '"d"' not in told
