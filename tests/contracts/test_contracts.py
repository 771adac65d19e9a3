"""Each example fits its schema and the common library, and there is one for everything that crosses the border."""

import copy

import pytest

from shared.events import PAYLOADS, Event, EventResult, UserState
from shared.keys import parse_key_set
from tests.contracts.contract import HERE, NAMES, example, faults

EVENTS = [name for name in NAMES if name.startswith("event.")]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_fits_its_schema(name):
    assert faults(name, example(name)) == []


def test_every_event_type_and_schema_has_its_example():
    assert {name.removeprefix("event.") for name in EVENTS} == set(PAYLOADS)
    assert sorted(path.stem for path in (HERE / "schemas").glob("*.json")) == NAMES


@pytest.mark.parametrize("name", EVENTS)
def test_the_library_reads_and_writes_an_event_to_the_letter(name):
    document = example(name)
    event = Event.from_json(document)

    assert event.to_json() == document
    assert event.payload().to_data() == document["data"]


@pytest.mark.parametrize("name", EVENTS)
def test_renaming_any_member_of_an_event_breaks_its_schema(name):
    for path in _member_paths(example(name)):
        renamed = copy.deepcopy(example(name))
        _rename(renamed, path)

        assert faults(name, renamed) != [], path


@pytest.mark.parametrize("name", ["call.users_by_id", "call.users_by_username", "call.users_all"])
def test_a_looked_up_user_is_the_state_that_events_carry(name):
    for entry in example(name)["response"]["body"]["users"]:
        assert UserState.from_json(entry["user"]).to_json() == entry["user"]


@pytest.mark.parametrize("name", ["call.user_events", "call.revocations"])
def test_a_listed_event_is_one_that_is_delivered(name):
    for document in example(name)["response"]["body"]["events"]:
        assert Event.from_json(document).to_json() == document


def test_results_of_a_delivery_are_read_and_written_to_the_letter():
    for result in example("call.events")["response"]["body"]["results"]:
        assert EventResult.from_json(result).to_json() == result


def test_the_key_set_is_one_that_verifiers_take():
    assert len(parse_key_set(example("call.jwks")["response"]["body"])) == 1


def _member_paths(document, path=()):
    for name, value in document.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from _member_paths(value, (*path, name))


def _rename(document, path):
    *parents, last = path
    for name in parents:
        document = document[name]
    document[f"{last}_renamed"] = document.pop(last)
