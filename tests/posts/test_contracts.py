"""Posts takes and sends what the common examples show (tests/contracts)."""

from typing import Any

import pytest

from posts_project.auth_client import AuthClient
from posts_project.events import services
from posts_project.profiles.models import Profile
from shared.events import FROM_AUTH, Event, EventResult, UserState
from shared.remote_errors import RemoteUnavailable
from tests.contracts.contract import example, faults
from tests.posts.media.forms import uploads
from tests.posts.people import Person
from tests.posts.worker.test_exports import ask

EVENTS = [f"event.{name}" for name in FROM_AUTH]


class Recorded:
    """A service client that answers as an example says, and remembers what it was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def get(self, path: str, params: Any = None) -> Any:
        self.asked.append((path, params))
        return self.answer

    def post(self, path: str, body: Any) -> Any:
        self.asked.append((path, body))
        return self.answer


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.django_db
def test_event_of_auth_is_applied(name: str) -> None:
    document = example(name)

    results = services.receive([document], now=Event.from_json(document).time)

    assert [result.status for result in results] == ["applied"]


@pytest.mark.django_db
def test_answer_to_a_batch_is_as_agreed() -> None:
    agreed = example("call.events")

    results = services.receive(agreed["request"]["body"]["events"], now=Event.from_json(example(EVENTS[0])).time)

    answer = {"results": [result.to_json() for result in results]}
    assert faults("call.events", {**agreed, "response": {**agreed["response"], "body": answer}}) == []


@pytest.mark.parametrize("name", ["call.users_by_id", "call.users_by_username"])
def test_users_are_asked_for_and_read_as_agreed(name: str) -> None:
    agreed = example(name)
    recorded = Recorded(agreed["response"]["body"])
    users = agreed["response"]["body"]["users"]

    client = AuthClient(recorded)  # type: ignore[arg-type]
    found = client.get_users(ids=[1]) if name.endswith("id") else client.get_users(usernames=["ada"])

    assert [user.user for user in found] == [UserState.from_json(user["user"]) for user in users]
    assert [user.sequence for user in found] == [user["sequence"] for user in users]
    assert recorded.asked[0][0] == "/internal/v1/users"


def test_everybody_is_asked_for_and_read_as_agreed() -> None:
    agreed = example("call.users_all")
    recorded = Recorded(agreed["response"]["body"])

    found = AuthClient(recorded).get_everybody(after=0)  # type: ignore[arg-type]

    assert recorded.asked == [(agreed["request"]["path"], agreed["request"]["params"])]
    assert [user.user.to_json() for user in found] == [user["user"] for user in agreed["response"]["body"]["users"]]


def test_events_of_a_user_are_asked_for_and_read_as_agreed() -> None:
    agreed = example("call.user_events")
    recorded, user_id = Recorded(agreed["response"]["body"]), int(agreed["request"]["path"].split("/")[-2])

    events, last = AuthClient(recorded).get_events(user_id=user_id, after=0)  # type: ignore[arg-type]

    assert recorded.asked == [(agreed["request"]["path"], agreed["request"]["params"])]
    assert {"events": [event.to_json() for event in events], "sequence": last} == agreed["response"]["body"]


def test_revocations_are_asked_for_and_read_as_agreed() -> None:
    agreed = example("call.revocations")
    recorded = Recorded(agreed["response"]["body"])

    events = AuthClient(recorded).get_revocations(after=0)  # type: ignore[arg-type]

    assert recorded.asked == [(agreed["request"]["path"], agreed["request"]["params"])]
    assert {"events": [event.to_json() for event in events]} == agreed["response"]["body"]


@pytest.mark.parametrize(
    "answer", [{}, {"events": {}}, {"events": [1]}, {"events": []}, {"events": [], "sequence": "1"}]
)
def test_events_that_make_no_sense_are_as_none(answer: Any) -> None:
    with pytest.raises(RemoteUnavailable):
        AuthClient(Recorded(answer)).get_events(user_id=1, after=0)  # type: ignore[arg-type]


def test_more_than_a_hundred_users_are_asked_for_in_batches() -> None:
    recorded = Recorded({"users": []})

    AuthClient(recorded).get_users(ids=range(1, 251))  # type: ignore[arg-type]

    assert [len(parameters["ids"].split(",")) for _, parameters in recorded.asked] == [100, 100, 50]


@pytest.mark.parametrize(
    "answer", [{}, {"users": {}}, {"users": [1]}, {"users": [{"sequence": 1}]}, {"users": [{"user": {}}]}]
)
def test_answer_that_makes_no_sense_is_as_none(answer: Any) -> None:
    with pytest.raises(RemoteUnavailable):
        AuthClient(Recorded(answer)).get_users(ids=[1])  # type: ignore[arg-type]


def test_credentials_are_checked_as_agreed() -> None:
    agreed = example("call.credentials_check")
    recorded = Recorded(agreed["response"]["body"])

    staff = AuthClient(recorded).check_credentials(login="ada", password="right", otp="123456")  # type: ignore[arg-type]

    assert staff.user == UserState.from_json(agreed["response"]["body"]["user"])
    assert list(staff.roles) == agreed["response"]["body"]["roles"]
    asked = {**agreed, "request": {**agreed["request"], "body": recorded.asked[0][1]}}
    assert faults("call.credentials_check", asked) == []


@pytest.mark.django_db
def test_profile_has_what_the_event_says() -> None:
    document = example("event.user.registered")
    services.receive([document], now=Event.from_json(document).time)

    stored = Profile.objects.get(id=int(document["subject"]))

    assert stored.username == document["data"]["user"]["username"]
    assert stored.version == document["sequence"]


@pytest.mark.django_db
def test_archive_is_told_as_agreed() -> None:
    agreed = example("call.exports")
    document = example("event.user.registered")
    services.receive([document], now=Event.from_json(document).time)

    answer = ask(agreed["request"]["body"])

    called = {"request": agreed["request"], "response": {"status": answer.status_code, "body": answer.json()}}
    assert faults("call.exports", called) == []
    assert answer.json()["files"] == agreed["response"]["body"]["files"]


@pytest.mark.django_db
def test_a_piece_of_a_picture_is_told_as_agreed(ada: Person) -> None:
    agreed = example("call.export_pictures")
    picture = uploads(ada)
    request = agreed["request"] | {"body": {"user_id": str(ada.id), "picture_id": picture["id"], "offset": 0}}

    answer = ask(request["body"], path=request["path"])

    called = {"request": request, "response": {"status": answer.status_code, "body": answer.json()}}
    assert faults("call.export_pictures", called) == []


def test_the_end_of_an_erasure_is_sent_and_its_answer_read_as_agreed() -> None:
    document = example("event.erasure.completed")
    answer = {"results": [{"id": document["id"], "status": "applied"}]}
    recorded = Recorded(answer)

    result = AuthClient(recorded).send(Event.from_json(document))  # type: ignore[arg-type]

    assert recorded.asked == [("/internal/v1/events", {"events": [document]})]
    assert result == EventResult(id=document["id"], status="applied")


@pytest.mark.parametrize("answer", [{}, {"results": []}, {"results": {}}, {"results": [1]}, {"results": [{}, {}]}])
def test_answer_to_an_event_that_makes_no_sense_is_as_none(answer: Any) -> None:
    with pytest.raises(RemoteUnavailable):
        AuthClient(Recorded(answer)).send(Event.from_json(example("event.erasure.completed")))  # type: ignore[arg-type]
