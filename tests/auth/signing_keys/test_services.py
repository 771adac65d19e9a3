"""Making signing keys: one at a time, whoever asks and whenever they are stopped."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections
from django.utils import timezone

from auth_project.events.models import OutboxEvent
from auth_project.signing_keys import schedule, sealing, selectors, services
from auth_project.signing_keys.models import SigningKey
from shared.env import ConfigurationError
from shared.keys import generate_private_key, public_jwk
from tests.auth.conftest import Api, sign_in
from tests.auth.fakes import make_user
from tests.auth.signing_keys.conftest import pass_by, reread, signing_kid

ME = "/api/v1/users/me"

pytestmark = pytest.mark.usefixtures("_other_keys")


@pytest.fixture
def encrypted_by(settings):
    before = settings.AUTH_KEY_ENCRYPTION_KEYS

    def use(*secrets: str) -> None:
        settings.AUTH_KEY_ENCRYPTION_KEYS = list(secrets)
        sealing._cipher.cache_clear()

    yield use
    use(*before)


def at_once(work, times: int) -> list:
    def attempt(_: int):
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(attempt, range(times)))


def test_a_new_key_is_published_signs_and_takes_the_place_of_the_old_one(ada, api):
    old_kid = signing_kid()
    new = services.rotate(now=timezone.now()).key

    assert {key["kid"] for key in reread().published(now=timezone.now())["keys"]} == {old_kid, new.kid}
    assert signing_kid() == old_kid
    assert ada.api.get(ME).status_code == 200

    pass_by(schedule.lead())
    assert signing_kid() == new.kid
    assert ada.api.get(ME).status_code == 200
    assert sign_in(make_user("eve")).api.get(ME).status_code == 200

    pass_by(schedule.VERIFIES_FOR)
    assert [key["kid"] for key in api.get("/.well-known/jwks.json").json()["keys"]] == [new.kid]


def test_a_token_of_a_retired_key_is_refused_also_where_it_was_taken_before(ada):
    assert ada.api.get(ME).status_code == 200
    services.rotate(now=timezone.now())

    pass_by(schedule.lead() + schedule.VERIFIES_FOR)

    refused = ada.api.get(ME)
    assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")


def test_while_a_new_key_waits_for_its_turn_no_other_is_made():
    first = services.rotate(now=timezone.now())
    second = services.rotate(now=timezone.now())

    assert (first.is_new, second.is_new, second.key.kid) == (True, False, first.key.kid)


def test_of_ten_who_rotate_at_once_one_makes_a_key():
    rotations = at_once(lambda: services.rotate(now=timezone.now()), 10)

    assert len({rotation.key.kid for rotation in rotations}) == 1
    assert [rotation.is_new for rotation in rotations].count(True) == 1


def test_no_more_than_ten_are_published(settings):
    settings.SIGNING_KEY_LEAD_SECONDS = 1
    for _ in range(9):
        services.rotate(now=timezone.now())
        pass_by(timedelta(seconds=1))

    with pytest.raises(services.TooManyKeys):
        services.rotate(now=timezone.now())

    assert len(reread().published(now=timezone.now())["keys"]) == 10


@pytest.mark.usefixtures("_no_keys")
def test_of_ten_processes_that_start_at_once_one_makes_the_first_key():
    at_once(lambda: services.prepare(now=timezone.now()), 10)

    assert [key.number for key in selectors.every()] == [1]
    assert reread().is_ready(now=timezone.now())


@pytest.mark.usefixtures("_no_keys")
def test_the_first_key_signs_for_a_clock_that_is_behind_too():
    services.prepare(now=timezone.now())

    assert reread().is_ready(now=timezone.now() - timedelta(hours=1))


@pytest.mark.usefixtures("_no_keys")
def test_keys_in_files_of_an_older_version_are_taken_over_once(tmp_path, settings):
    names = ["signs", "verifies"]
    kids = [public_jwk(generate_private_key(tmp_path / name))["kid"] for name in names]
    settings.AUTH_SIGNING_KEY_FILES = [tmp_path / name for name in names]

    for _ in range(2):
        services.prepare(now=timezone.now())

    assert signing_kid() == kids[0]
    assert [key["kid"] for key in reread().published(now=timezone.now())["keys"]] == kids


@pytest.mark.usefixtures("_no_keys")
def test_a_file_that_is_not_there_is_refused_by_the_name_of_its_variable(tmp_path, settings):
    settings.AUTH_SIGNING_KEY_FILES = [tmp_path / "nothing.pem"]

    with pytest.raises(ConfigurationError, match=r"^AUTH_SIGNING_KEY_FILES: "):
        services.prepare(now=timezone.now())

    assert not selectors.every()


@pytest.mark.asvs("11.2.2", "13.3.4")
def test_the_encryption_key_can_be_changed(encrypted_by, settings):
    first, second = settings.AUTH_KEY_ENCRYPTION_KEYS[0], "another " * 5
    encrypted_by(second, first)
    assert services.reseal(now=timezone.now()) == 1
    encrypted_by(second)

    services.prepare(now=timezone.now())


@pytest.mark.asvs("13.3.1")
def test_without_the_encryption_key_the_start_is_refused(encrypted_by):
    encrypted_by("another " * 5)

    with pytest.raises(ConfigurationError, match=r"^AUTH_KEY_ENCRYPTION_KEYS: none of them opens signing key "):
        services.prepare(now=timezone.now())


def test_a_private_half_in_the_document_of_another_key_is_refused():
    SigningKey.objects.update(sealed=sealing.seal(Ed25519PrivateKey.generate()))

    with pytest.raises(ConfigurationError, match="belongs to another key"):
        services.prepare(now=timezone.now())


@pytest.mark.asvs("11.2.2")
def test_a_leaked_key_is_refused_at_once_and_posts_is_told(ada):
    leaked = signing_kid()
    published = services.rotate(now=timezone.now()).key.kid
    new = services.replace_all(now=timezone.now()).key.kid

    assert [key["kid"] for key in reread().published(now=timezone.now())["keys"]] == [new]
    assert ada.api.get(ME).json()["code"] == "token_invalid"
    told = [event.envelope() for event in OutboxEvent.objects.order_by("pk")]
    assert [(event.type, event.subject, event.data["kid"]) for event in told] == [
        ("signing_key.revoked", "0", leaked),
        ("signing_key.revoked", "0", published),
    ]


def test_until_all_processes_know_the_new_key_nothing_is_signed(ada):
    services.replace_all(now=timezone.now())
    reread()

    waits = Api().post("/api/v1/auth/refresh", {"refresh": ada.tokens.refresh})
    assert (waits.status_code, waits.json()["code"], waits["Retry-After"]) == (503, "service_unavailable", "3")
    assert Api().get("/readyz").status_code == 200

    pass_by(timedelta(seconds=3))
    renewed = Api().post("/api/v1/auth/refresh", {"refresh": ada.tokens.refresh})
    assert Api(renewed.json()["access"]).get(ME).status_code == 200


def test_the_private_half_of_a_key_goes_with_its_last_token():
    old = selectors.every()[0]
    services.rotate(now=timezone.now())
    pass_by(schedule.lead())
    assert services.wipe_ended(now=timezone.now()) == 0

    pass_by(schedule.VERIFIES_FOR)

    assert (services.wipe_ended(now=timezone.now()), services.wipe_ended(now=timezone.now())) == (1, 0)
    assert [bool(key.sealed) for key in selectors.every()] == [False, True]
    assert selectors.every()[0].x == old.x
