"""What Posts tells: that it keeps nothing of somebody. Then the erasure is completed, and there is a receipt."""

import hashlib
import hmac
import importlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import jwt
import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.utils import timezone

from auth_project.accounts.models import Erasure, StaleFile, User
from auth_project.events.inbox import purge_received
from auth_project.events.models import InboxEvent, OutboxEvent
from auth_project.signing_keys import keyring
from auth_project.tokens import receipts
from shared.events import ErasureCompleted, Event, UserErased
from shared.wire import timestamp
from tests.auth.conftest import Api, PostsService, SignedIn, access_claims, sign, sign_in
from tests.auth.fakes import PASSWORD, make_user
from tests.contracts.contract import example, faults

PATH = "/internal/v1/events"


def completed(user_id: int, *, event_id: str = "erasure-1") -> dict[str, Any]:
    payload = ErasureCompleted(user_id=user_id)
    return Event(
        id=event_id,
        type=payload.type,
        source="posts",
        subject=str(user_id),
        sequence=1,
        time=timezone.now(),
        data=payload.to_data(),
    ).to_json()


def deliver(*events: Any) -> list[str]:
    response = PostsService().post(PATH, {"events": list(events)})
    assert response.status_code == 200, response.content
    return [result["status"] for result in response.json()["results"]]


def leave(who: SignedIn, **headers: str) -> str:
    """Where they may see what becomes of it."""
    answer = who.api.send("DELETE", "/api/v1/users/me", json.dumps({"password": PASSWORD}), **headers)
    assert answer.status_code == 202, answer.content
    return f"/api/v1/erasures/{answer.json()['erasure_id']}"


def verified(receipt: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, by the published keys alone."""
    header = jwt.get_unverified_header(receipt)
    published = {key["kid"]: key for key in Api().get("/.well-known/jwks.json").json()["keys"]}
    return header, jwt.decode(receipt, jwt.PyJWK(published[header["kid"]]).key, algorithms=["EdDSA"])


def everything_stored() -> str:
    return str({name: list(connection.database[name].find()) for name in connection.database.list_collection_names()})


def test_an_erasure_waits_for_posts(ada):
    answer = Api().get(leave(ada))

    erasure = Erasure.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {
        "erasure_id": erasure.public_id,
        "status": "pending",
        "requested_at": answer.json()["requested_at"],
        "completed_at": None,
        "receipt": None,
    }
    assert len(erasure.public_id) == 32


def test_an_erasure_is_completed_when_posts_says_so(ada):
    where = leave(ada)

    assert deliver(completed(ada.user.pk)) == ["applied"]

    answer = Api().get(where).json()
    erasure = Erasure.objects.get()
    assert (answer["status"], answer["receipt"], erasure.user_id) == ("completed", erasure.receipt, None)
    assert answer["requested_at"] <= answer["completed_at"]


def test_the_receipt_is_verified_by_the_published_keys_and_names_nobody(ada):
    where = leave(ada)
    deliver(completed(ada.user.pk))
    answer = Api().get(where).json()

    header, claims = verified(answer["receipt"])

    key = settings.RETIRED_NAMES_KEY.encode()
    assert header == {"alg": "EdDSA", "typ": "erasure-receipt+jwt", "kid": header["kid"]}
    assert claims == {
        "iss": settings.AUTH_ISSUER,
        "jti": answer["erasure_id"],
        "iat": int(Erasure.objects.get().completed_at.timestamp()),
        "requested_at": answer["requested_at"],
        "completed_at": answer["completed_at"],
        "services": ["auth", "posts"],
        "subject_hash": hmac.new(key, f"erased user {ada.user.pk}".encode(), hashlib.sha256).hexdigest(),
    }


def test_auth_keeps_no_id_of_who_is_erased(ada):
    ada.api.send("PATCH", "/api/v1/users/me", '{"bio": "x"}', **{"Idempotency-Key": "one"})
    leave(ada, **{"Idempotency-Key": "farewell"})
    assert str(ada.user.pk) in everything_stored()

    deliver(completed(ada.user.pk))

    assert str(ada.user.pk) not in everything_stored()
    assert OutboxEvent.objects.count() == 0


def test_a_posts_that_has_an_erased_person_back_from_a_backup_is_told_again(ada):
    leave(ada)
    deliver(completed(ada.user.pk))

    answer = PostsService().get(f"/internal/v1/users/{ada.user.pk}/events?after=3").json()

    erasure = Erasure.objects.get()
    assert answer == {
        "events": [
            {
                "id": f"erasure-{erasure.pk}",
                "type": "user.erased",
                "source": "auth",
                "subject": str(ada.user.pk),
                "sequence": 4,
                "time": timestamp(erasure.requested_at),
                "data": {"user_id": str(ada.user.pk)},
            }
        ],
        "sequence": 4,
    }
    assert faults("event.user.erased", answer["events"][0]) == []
    assert PostsService().get("/internal/v1/users/7/events?after=3").json() == {"events": [], "sequence": 0}


def test_receipts_of_the_version_before_tell_whom_they_are_of(ada):
    leave(ada)
    deliver(completed(ada.user.pk))
    expected = Erasure.objects.get().subject_hash
    Erasure.objects.update(subject_hash=None)

    migration = importlib.import_module("auth_project.accounts.migrations.0005_erased_again")
    migration.fill_in(apps, None)

    assert Erasure.objects.get().subject_hash == expected


def test_others_keep_their_events(ada):
    eve = sign_in(make_user("eve"))
    eve.api.patch("/api/v1/users/me", {"bio": "mine"})
    leave(ada)

    deliver(completed(ada.user.pk))

    assert OutboxEvent.objects.get().user_id == eve.user.pk


def test_a_second_delivery_leaves_the_one_receipt(ada):
    where = leave(ada)
    deliver(completed(ada.user.pk))
    first = Api().get(where).json()

    assert deliver(completed(ada.user.pk), completed(ada.user.pk)) == ["duplicate", "duplicate"]
    assert deliver(completed(ada.user.pk, event_id="erasure-2")) == ["stale"]

    assert Api().get(where).json() == first


def test_ten_deliveries_at_once_make_one_receipt(ada):
    leave(ada)
    event = completed(ada.user.pk)

    def attempt(_: int) -> list[str]:
        try:
            return deliver(event)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(status for result in pool.map(attempt, range(10)) for status in result)

    assert statuses == ["applied"] + ["duplicate"] * 9


def test_a_failure_in_the_middle_leaves_the_erasure_and_the_event_as_they_were(ada, monkeypatch):
    where = leave(ada)
    broken = RuntimeError("the key is gone")
    with monkeypatch.context() as patch:
        patch.setattr(keyring, "current", lambda: (_ for _ in ()).throw(broken))
        assert PostsService().post(PATH, {"events": [completed(ada.user.pk)]}).status_code == 500
    assert (InboxEvent.objects.count(), OutboxEvent.objects.count()) == (0, 2)

    assert deliver(completed(ada.user.pk)) == ["applied"]

    assert Api().get(where).json()["status"] == "completed"


def test_the_receipt_waits_until_the_last_file_is_gone(ada, monkeypatch):
    """Files are deleted by a worker that may be behind, or cannot."""
    name = default_storage.save("avatars/of-ada.webp", ContentFile(b"a face"))
    User.objects.filter(pk=ada.user.pk).update(avatar=name)
    where = leave(ada)
    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "delete", Mock(side_effect=PermissionError))
        assert PostsService().post(PATH, {"events": [completed(ada.user.pk)]}).status_code == 500
    assert Api().get(where).json()["status"] == "pending"

    assert deliver(completed(ada.user.pk)) == ["applied"]

    assert Api().get(where).json()["status"] == "completed"
    assert (default_storage.exists(name), StaleFile.objects.count()) == (False, 0)


def test_somebody_who_did_not_leave_is_not_touched(ada):
    assert deliver(completed(ada.user.pk)) == ["stale"]

    assert ada.api.get("/api/v1/users/me").status_code == 200
    assert Erasure.objects.count() == 0


@pytest.mark.parametrize("document", [{}, "nonsense", {"id": "e", "type": "erasure.completed"}])
def test_what_is_no_event_of_posts_is_rejected_and_the_rest_applied(ada, document):
    leave(ada)
    of_auth = completed(ada.user.pk) | {"id": "e", "type": UserErased.type}

    assert deliver(document, of_auth, completed(ada.user.pk)) == ["rejected", "rejected", "applied"]


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": {}}, {"events": [{}] * 501}, {"event": []}])
def test_a_body_that_is_no_batch_is_refused(body):
    response = PostsService().post(PATH, body)

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")


def test_only_posts_may_deliver(ada):
    leave(ada)
    body = {"events": [completed(ada.user.pk)]}

    answers = [
        Api().post(PATH, body),
        ada.api.post(PATH, body),
        PostsService(service="auth").post(PATH, body),
        PostsService(audience="posts").post(PATH, body),
    ]

    assert [answer.status_code for answer in answers] == [401] * 4
    assert Erasure.objects.get().completed_at is None


def test_the_event_of_the_contract_is_taken():
    document = example("event.erasure.completed")
    Erasure.objects.create(public_id="A" * 32, user_id=int(document["subject"]))

    assert faults("event.erasure.completed", document) == []
    assert deliver(document) == ["applied"]


def test_an_id_is_recognised_for_thirty_days(ada):
    leave(ada)
    deliver(completed(ada.user.pk))

    assert purge_received(now=timezone.now() + timedelta(days=29)) == 0
    assert purge_received(now=timezone.now() + timedelta(days=31)) == 1


@pytest.mark.parametrize("erasure_id", ["1", "A" * 32, "A" * 33, "me", "null", "..", "%F0%9F%A6%A6"])
def test_an_erasure_that_is_none_is_not_found(ada, erasure_id):
    leave(ada)

    answer = Api().get(f"/api/v1/erasures/{erasure_id}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_an_erasure_of_before_there_were_ids_is_completed_too_and_shown_to_nobody():
    old = Erasure.objects.create(user_id=5)

    assert deliver(completed(5)) == ["applied"]

    assert verified(Erasure.objects.get().receipt)[1]["jti"] == str(old.pk)
    assert Api().get("/api/v1/erasures/None").status_code == 404


@pytest.mark.asvs("9.2.2")
def test_a_receipt_never_passes_for_an_access_token(ada):
    """Nor would one that says all that an access token says."""
    bob = sign_in(make_user("bob"))
    where = leave(ada)
    deliver(completed(ada.user.pk))
    receipt = Api().get(where).json()["receipt"]
    rich = sign(access_claims(bob), typ=receipts.TYPE)

    for token in (receipt, rich):
        answer = Api(token).get("/api/v1/users/me")
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    assert Api(sign(access_claims(bob))).get("/api/v1/users/me").status_code == 200


def test_an_access_token_is_no_receipt(ada):
    assert jwt.get_unverified_header(ada.tokens.access)["typ"] != receipts.TYPE
    assert keyring.current().signer(now=timezone.now())[0] == jwt.get_unverified_header(ada.tokens.access)["kid"]
