"""Keys in files change under a running process, which never goes without."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.env import ConfigurationError
from shared.key_files import LOOK_EVERY_SECONDS, OwnKey, PinnedKeys
from shared.keys import generate_private_key, key_set, public_jwk

OLD, NEW = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
OLD_KID, NEW_KID = public_jwk(OLD)["kid"], public_jwk(NEW)["kid"]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now

    def look_again(self) -> None:
        self.now += LOOK_EVERY_SECONDS


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pinned(tmp_path, clock):
    (tmp_path / "pinned.json").write_text(json.dumps(key_set([OLD])))
    return PinnedKeys(tmp_path / "pinned.json", variable="PEER_JWKS_FILE", clock=clock)


def known(keys: PinnedKeys) -> list[bool]:
    return [keys.find(kid) is not None for kid in (OLD_KID, NEW_KID)]


def test_a_changed_set_counts_within_two_seconds_and_old_and_new_meanwhile(pinned, tmp_path, clock):
    for keys, expected in (([OLD, NEW], [True, True]), ([NEW], [False, True])):
        before = known(pinned)
        (tmp_path / "pinned.json").write_text(json.dumps(key_set(keys)))
        assert known(pinned) == before

        clock.look_again()
        assert known(pinned) == expected


@pytest.mark.parametrize("content", ["", "{", '{"keys": []}', None])
def test_while_the_file_makes_no_sense_the_last_set_counts(pinned, tmp_path, clock, content, caplog):
    path = tmp_path / "pinned.json"
    path.unlink() if content is None else path.write_text(content)
    clock.look_again()

    assert known(pinned) == [True, False]
    assert [record.what for record in caplog.records] == ["PEER_JWKS_FILE"]


def test_another_key_of_our_own_signs_within_two_seconds(tmp_path, clock):
    path = tmp_path / "own.pem"
    first = generate_private_key(path)
    own = OwnKey(path, variable="OWN_KEY_FILE", clock=clock)
    assert public_jwk(own()) == public_jwk(first)

    generate_private_key(tmp_path / "next.pem")
    path.write_bytes((tmp_path / "next.pem").read_bytes())
    clock.look_again()

    assert public_jwk(own()) != public_jwk(first)


@pytest.mark.parametrize("kind", [OwnKey, PinnedKeys])
def test_a_file_that_is_not_there_at_the_start_is_refused_by_the_name_of_its_variable(kind, tmp_path):
    with pytest.raises(ConfigurationError, match=r"^THE_FILE: "):
        kind(tmp_path / "nothing", variable="THE_FILE")
