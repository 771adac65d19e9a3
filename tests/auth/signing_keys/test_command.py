"""`rotate_signing_key`, as somebody types it."""

import json
import re

import pytest
from django.core.management import CommandError, call_command

from auth_project.signing_keys import schedule, selectors
from shared.keys import parse_key_set
from tests.auth.signing_keys.conftest import pass_by, signing_kid

pytestmark = pytest.mark.usefixtures("_other_keys")


@pytest.fixture
def rotate(capsys):
    def run(*arguments: str) -> str:
        call_command("rotate_signing_key", *arguments)
        return capsys.readouterr().out

    return run


def test_it_tells_when_the_new_key_signs_and_the_old_one_is_refused(rotate):
    old = signing_kid()

    told = rotate()

    new = selectors.every()[-1]
    assert told == (
        f"{new.kid} is published.\n"
        f"It signs from {new.signs_from:%Y-%m-%dT%H:%M:%SZ}.\n"
        f"{old} is refused from {new.signs_from + schedule.VERIFIES_FOR:%Y-%m-%dT%H:%M:%SZ}.\n"
    )
    assert rotate().startswith(f"{new.kid} was published before.\n")


@pytest.mark.parametrize("arguments", [["--dry-run"], ["--dry-run", "--emergency"]])
def test_a_dry_run_changes_nothing(rotate, arguments):
    before = [(key.kid, key.revoked_at) for key in selectors.every()]

    assert "would be" in rotate(*arguments)

    assert [(key.kid, key.revoked_at) for key in selectors.every()] == before


def test_who_waits_is_back_when_the_key_signs(rotate, settings):
    settings.SIGNING_KEY_LEAD_SECONDS = 1

    told = rotate("--wait")

    assert told.endswith(f"{signing_kid()} signs.\n")
    assert signing_kid() == selectors.every()[-1].kid


def test_the_list_has_all_keys_with_their_states(rotate):
    rotate()
    pass_by(schedule.lead() + schedule.VERIFIES_FOR)
    rotate()
    rotate("--emergency")

    lines = rotate("list").splitlines()[1:]

    assert [line.split()[1] for line in lines] == ["retired", "revoked", "revoked", "published"]
    assert all(re.fullmatch(r"\S{43}  \w+ +(\S+  ){2}(\S+Z|-)", line) for line in lines)
    assert len(parse_key_set(json.loads(rotate("list", "--jwks")))) == 4


def test_private_keys_are_encrypted_anew(rotate):
    before = bytes(selectors.every()[0].sealed)

    assert rotate("reseal") == "Encrypted under the first key: 1.\n"

    assert bytes(selectors.every()[0].sealed) != before


def test_with_ten_live_keys_it_says_so(rotate, settings, monkeypatch):
    monkeypatch.setattr("auth_project.signing_keys.services.MAX_KEYS", 1)

    with pytest.raises(CommandError, match="As many signing keys as may be published at once are live already"):
        rotate()
