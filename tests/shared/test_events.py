"""Events survive the way there and back, and nothing else passes for one."""

from datetime import UTC, datetime

import pytest

from shared.events import (
    FROM_AUTH,
    FROM_POSTS,
    PAYLOADS,
    ErasureCompleted,
    Event,
    EventResult,
    InvalidEvent,
    SessionRevoked,
    SigningKeyRevoked,
    TokensRevoked,
    UserErased,
    UserState,
)

MOMENT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
STATE = UserState(
    id=5,
    username="ada",
    display_name="Ada",
    bio="",
    avatar_url=None,
    is_private=False,
    created_at=MOMENT,
    state="active",
)
ENVELOPE = {
    "id": "e1", "type": "user.erased", "source": "auth", "subject": "5", "sequence": 3,
    "time": "2026-11-22T09:30:00.000Z", "data": {"user_id": "5"},
}  # fmt: skip


@pytest.mark.parametrize(
    "payload",
    [
        *(kind(user=STATE) for name, kind in PAYLOADS.items() if name.startswith("user.") and name != "user.erased"),
        UserErased(user_id=5),
        ErasureCompleted(user_id=5),
        SessionRevoked(user_id=5, session_id="s", expires_at=MOMENT),
        TokensRevoked(user_id=5, valid_after=MOMENT),
        SigningKeyRevoked(kid="k"),
    ],
)
def test_a_payload_comes_back_as_it_was(payload):
    event = Event.from_json(ENVELOPE | {"type": payload.type, "data": payload.to_data()})

    assert event.payload() == payload
    assert Event.from_json(event.to_json()) == event


@pytest.mark.parametrize(
    "change",
    [
        {"id": 5}, {"id": "x" * 65}, {"id": "a\x00"}, {"type": None}, {"sequence": 0}, {"sequence": "3"},
        {"sequence": 2**63}, {"sequence": True}, {"time": "2026-11-22T09:30:00"}, {"time": 5}, {"data": []},
        {"more": 1},
    ],
)  # fmt: skip
def test_a_wrong_envelope_names_its_member(change):
    with pytest.raises(InvalidEvent, match=next(iter(change))):
        Event.from_json(ENVELOPE | change)


@pytest.mark.parametrize("document", [None, [], "x", {}])
def test_what_is_no_envelope_is_refused(document):
    with pytest.raises(InvalidEvent):
        Event.from_json(document)


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("user.unknown", {}),
        ("user.erased", {}),
        ("user.erased", {"user_id": 5}),
        ("user.updated", {"user": None}),
        ("user.updated", {"user": STATE.to_json() | {"state": "happy"}}),
        ("user.updated", {"user": STATE.to_json() | {"is_private": "no"}}),
        ("session.revoked", {"user_id": "5", "session_id": 5, "expires_at": "2026-11-22T09:30:00Z"}),
    ],
)
def test_a_payload_that_does_not_fit_its_type_is_refused(type_, data):
    with pytest.raises(InvalidEvent):
        Event.from_json(ENVELOPE | {"type": type_, "data": data}).payload()


def test_results_survive_too():
    for result in (EventResult(id="e", status="applied"), EventResult(id="e", status="rejected", reason="why")):
        assert EventResult.from_json(result.to_json()) == result


@pytest.mark.parametrize(("type_", "among"), [("erasure.completed", FROM_AUTH), ("user.erased", FROM_POSTS)])
def test_a_type_that_goes_the_other_way_is_refused(type_, among):
    with pytest.raises(InvalidEvent, match=type_):
        Event.from_json(ENVELOPE | {"type": type_}).payload(among)
