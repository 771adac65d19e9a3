"""Whoever leaves is found nowhere afterwards, in whatever the stack keeps: not by id, not by name, not by address."""

from dataclasses import dataclass

import jwt
import pytest

from shared.public_api import Person, PublicApi
from tests.e2e import traces
from tests.e2e.conftest import PASSWORD, eventually
from tools.devstack.stack import Stack

pytestmark = pytest.mark.slow

# That somebody's tokens are void must be known for as long as one could live; the hourly purge takes the row away.
FOR_A_WHILE = {("table", "tokens_ended")}

# Before they leave somebody who has done it all is found in at least these.
EVERYWHERE = {
    ("collection", "users"), ("collection", "sessions"), ("collection", "outbox"), ("collection", "exports"),
    ("collection", "audit_entries"),
    ("table", "profile"), ("table", "post"), ("table", "post_version"), ("table", "mark"), ("table", "follow"),
    ("table", "block"), ("table", "mute"), ("table", "filter"), ("table", "feed_list"), ("table", "draft"),
    ("table", "scheduled_post"), ("table", "mention"), ("table", "vote"), ("table", "idempotent_answer"),
    ("table", "timeline"), ("table", "timeline_owner"), ("table", "notification"), ("table", "notification_event"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Life:
    """Somebody who is about to leave, and by what they could be found."""

    person: Person
    other: Person

    @property
    def words(self) -> list[str]:
        return [self.person.id, self.person.username, f"{self.person.username}@example.org"]


@pytest.fixture(scope="module")
def stack(watched_stack: Stack) -> Stack:
    """With databases of its own, so that their logs are looked through as well."""
    return watched_stack


@pytest.fixture(scope="module")
def api(stack: Stack) -> PublicApi:
    return PublicApi(auth_url=stack.auth_url, posts_url=stack.posts_url)


@pytest.fixture(scope="module")
def life(api: PublicApi) -> Life:
    """All that a person can leave behind."""
    names = ("adalovelace", "bobnewman", "catstevens")
    ada, bob, cat = people = [Person(api=api, username=name, password=PASSWORD) for name in names]
    for person in people:
        person.sign_up(display_name=f"{person.username} herself")
        person.call("PATCH", "/api/v1/users/me", {"bio": f"{person.username}@example.org"}).expect(200)
    eventually(lambda: all(api.call("GET", f"/api/v1/profiles/{one}").status == 200 for one in names))
    for person, other in ((bob, ada), (ada, bob)):
        _lives(person, other)
    ada.call("PUT", f"/api/v1/profiles/{cat.username}/block").expect(200)
    _is_refused(api, ada)
    archive = ada.call("POST", "/api/v1/users/me/export").expect(202).headers["location"]
    eventually(lambda: ada.call("GET", archive).status == 200, seconds=60)
    return Life(person=ada, other=bob)


@pytest.mark.asvs("16.2.5")
def test_no_log_names_anybody(life: Life, stack: Stack) -> None:
    found = _places([*life.words, life.other.id, life.other.username], stack)

    assert {place for place in found if place[0] == "log"} == set()
    assert "login.refused" in (stack.logs / "auth.log").read_text()


def test_before_they_leave_somebody_is_found_everywhere(life: Life, stack: Stack) -> None:
    found = _places(life.words, stack)

    assert EVERYWHERE - found == set()
    assert any(kind == "file" for kind, _ in found)


def test_who_leaves_is_found_nowhere_and_has_a_receipt(life: Life, stack: Stack, api: PublicApi) -> None:
    ada, words = life.person, life.words
    answer = ada.call("DELETE", "/api/v1/users/me", {"password": PASSWORD}, Idempotency_Key="leaving").expect(202)
    place = f"{stack.auth_url}/api/v1/erasures/{answer.body['erasure_id']}"

    eventually(lambda: api.call("GET", place).body.get("status") == "completed", seconds=60)
    # The farewell is a mail that waits for its turn.
    eventually(lambda: ("collection", "mails") not in _places(words, stack))

    assert _places(words, stack) - FOR_A_WHILE == set()
    assert ("table", "post") in _places([life.other.id], stack)
    _verify(api.call("GET", place).body, api)
    body = {"username": ada.username, "email": "somebody.else@example.org", "password": PASSWORD}
    assert api.call("POST", "/api/v1/auth/register", body).field_codes() == {"username": "taken"}


def _places(words: list[str], stack: Stack) -> set[tuple[str, str]]:
    return {(place.kind, place.name) for place in traces.of(words, stack)}


def _lives(person: Person, other: Person) -> None:
    """Does to `other` whatever the API offers."""
    theirs = other.call("POST", "/api/v1/posts", {"text": f"Hello @{person.username}"}).expect(201).body["id"]
    options = {"options": ["yes", "no"], "expires_in": 3_600}
    asked = other.call("POST", "/api/v1/posts", {"text": "Well?", "poll": options}).expect(201).body["id"]
    person.call("PUT", f"/api/v1/profiles/{other.username}/follow").expect(200)
    person.call("GET", "/api/v1/timelines/home").expect(200)
    name = person.username
    own = person.call("POST", "/api/v1/posts", {"text": f"{name} #{name} @{other.username}"}, Idempotency_Key="own")
    person.call("PATCH", f"/api/v1/posts/{own.expect(201).body['id']}", {"text": f"{name}, edited"}).expect(200)
    person.call("POST", "/api/v1/posts", {"text": name, "in_reply_to": theirs}).expect(201)
    for mark in ("like", "repost", "bookmark", "mute"):
        person.call("PUT", f"/api/v1/posts/{theirs}/{mark}").expect(200)
    person.call("PUT", f"/api/v1/posts/{asked}/vote", {"choices": [0]}).expect(200)
    person.call("POST", "/api/v1/drafts", {"text": name}).expect(201)
    person.call("POST", "/api/v1/posts", {"text": name, "scheduled_at": "2027-06-01T00:00:00Z"}).expect(202)
    person.call("POST", "/api/v1/filters", {"phrase": name, "action": "hide"}).expect(201)
    listed = person.call("POST", "/api/v1/lists", {"name": name}).expect(201).body["id"]
    person.call("PUT", f"/api/v1/lists/{listed}/members/{other.username}").expect(200, 204)
    person.call("PUT", f"/api/v1/profiles/{other.username}/mute").expect(200)


def _is_refused(api: PublicApi, person: Person) -> None:
    """Signs in wrongly by name and by address, asks for what is somebody else's, and for a new password."""
    for login in (person.username, f"{person.username}@example.org"):
        wrong = {"login": login, "password": "not the password at all"}
        api.call("POST", "/api/v1/auth/login", wrong).expect(401)
    api.call("POST", "/api/v1/auth/password/reset", {"email": f"{person.username}@example.org"}).expect(202)
    person.call("PUT", f"/api/v1/profiles/{person.username}/follow").expect(400, 403, 409, 422)


def _verify(erasure: dict[str, str], api: PublicApi) -> None:
    """By the published keys alone."""
    header = jwt.get_unverified_header(erasure["receipt"])
    published = {key["kid"]: key for key in api.call("GET", "/.well-known/jwks.json").expect(200).body["keys"]}
    key = jwt.PyJWK(published[header["kid"]], algorithm="EdDSA")
    claims = jwt.decode(erasure["receipt"], key, algorithms=["EdDSA"])

    assert header["typ"] == "erasure-receipt+jwt"
    assert claims["jti"] == erasure["erasure_id"]
    assert claims["completed_at"] == erasure["completed_at"]
