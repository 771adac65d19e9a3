"""Hostile values at every place of every body, in every parameter and header: refused, or stored as they were sent."""

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.http import HttpResponse
from jsonschema import Draft202012Validator

from posts_project.posts.text import tag_name
from shared.idempotency import HEADER
from tests.hostile_values import (
    IN_A_HEADER,
    IN_A_QUERY,
    OPERATORS,
    OTHER_TYPES,
    SIZES,
    TEXTS,
    UNSTORABLE,
    answers_at_addresses,
    answers_to_parameter,
    assert_is_refused,
)
from tests.operations import Field, Operation
from tests.posts.calls import OPERATIONS, UNSAFE, World, make_world
from tests.posts.contents import contents, is_stored
from tests.posts.people import Person

pytestmark = pytest.mark.slow

EVERYTHING: dict[str, Any] = OPERATORS | OTHER_TYPES | TEXTS | SIZES
# Where nobody writes freely one text is as good as another.
A_FEW = (
    "empty",
    "a statement",
    "an override",
    "decomposed",
    "many digits",
    "a number as text",
    "True as text",
    "a date",
)
NO_TEXTS: dict[str, Any] = OPERATORS | OTHER_TYPES | {what: TEXTS[what] for what in A_FEW}


@cache
def forbidden_at(place: Field) -> dict[str, Any]:
    """Of what is tried at that place what the document forbids."""
    schema = Draft202012Validator(place.schema)
    return {what: value for what, value in tried_at(place).items() if not schema.is_valid(value)}


def allowed_at(place: Field) -> dict[str, Any]:
    return {what: value for what, value in tried_at(place).items() if what not in forbidden_at(place)}


def tried_at(place: Field) -> dict[str, Any]:
    return EVERYTHING if place.is_free_text else NO_TEXTS


PLACES = [(operation, place) for operation in UNSAFE for place in operation.fields]
PERMISSIVE = [(operation, place) for operation, place in PLACES if allowed_at(place)]
DEPTHS = list(dict.fromkeys((operation, len(place.path)) for operation, place in PLACES))
WITH_BODY = [operation for operation in UNSAFE if operation.body]
WITH_QUERY = [(operation, name) for operation in OPERATIONS.values() for name in operation.query]
WITH_ADDRESS = [operation for operation in OPERATIONS.values() if operation.parameters]
WITH_CONDITION = [
    (operation, name) for operation in OPERATIONS.values() for name in operation.headers if name.startswith("If-")
]
# A tag need not have been used to be followed: what some of the values spell is one.
OF_ANY_TAG = {"follow_tag", "unfollow_tag"}
OTHER_NAMES = {"", "pk", "_id", "$set", "author", "user", "roles", "is_admin", "a.b", "__proto__"}


@pytest.fixture
def world(person: Callable[..., Person]) -> World:
    return make_world(person)


@pytest.mark.asvs("1.2.4", "2.2.1", "2.2.2", "15.3.5")
@pytest.mark.parametrize(("operation", "depth"), DEPTHS, ids=str)
def test_what_the_document_forbids_in_a_body_is_refused_by_name(operation: Operation, depth: int, world: World) -> None:
    """In all places that are not within one another at once, as all faults are told at once."""
    path, before = world.address(operation), contents()
    forbidden = {place: forbidden_at(place) for place in operation.fields if len(place.path) == depth}

    def send(value: Any, *places: Field) -> HttpResponse:
        return world.send(operation, path, world.spoilt(operation, value, *places))

    for what, value in EVERYTHING.items():
        for places in in_one_body(what, [place for place, values in forbidden.items() if what in values]):
            response = send(value, *places)
            for place in places:
                assert_is_refused(response, what, place=str(place))
    for place, (what, value) in itertools.product(forbidden, UNSTORABLE.items()):
        assert_is_refused(send(value, place), what)
    assert contents() == before


@pytest.mark.asvs("1.1.1", "1.2.4", "1.3.7", "1.3.10", "1.4.2", "2.2.1", "2.2.2")
@pytest.mark.parametrize(("operation", "place"), PERMISSIVE, ids=str)
def test_what_the_document_allows_in_a_body_is_stored_as_it_was_sent_or_refused_for_what_it_means(
    operation: Operation, place: Field, world: World
) -> None:
    path = world.address(operation)

    def send(value: Any) -> HttpResponse:
        return world.send(operation, path, world.spoilt(operation, value, place))

    refused = [value for value in allowed_at(place).values() if not kept(place, value, send(value))]
    before = contents()
    for value in refused:
        assert_is_refused(send(value), str(value)[:50])
    assert contents() == before


def in_one_body(what: str, places: list[Field]) -> list[list[Field]]:
    """All together; but several of the largest are more than a body may be."""
    if what in SIZES:
        return [[place] for place in places]
    return [places] if places else []


def kept(place: Field, value: Any, response: HttpResponse) -> bool:
    """Whether the call was taken, and then whatever people can write is in the answer, or else in the database."""
    if response.status_code < 300 and value and place.is_free_text:
        text = unicodedata.normalize("NFC", value)
        assert (response.content and text in texts_in(response.json())) or is_stored(text), value[:50]
    return response.status_code < 300


@pytest.mark.asvs("1.2.4", "1.2.9", "1.4.2", "15.3.7")
@pytest.mark.parametrize(("operation", "name"), WITH_QUERY, ids=str)
def test_a_parameter_is_nothing_but_a_text(operation: Operation, name: str, world: World) -> None:
    address = world.address(operation)
    world.me.get(address)
    before = contents()
    for what, response in answers_to_parameter(world.me.get, address, name, in_query(operation, name)):
        if response.status_code != 200:
            assert_is_refused(response, what)
        else:
            assert name not in ("limit", "cursor"), what
            assert response.json()["results"] == [], what
    assert contents() == before


@pytest.mark.asvs("1.1.1", "1.2.4", "1.4.2")
@pytest.mark.parametrize("operation", WITH_ADDRESS, ids=str)
def test_an_address_finds_nothing_but_what_it_says(operation: Operation, world: World) -> None:
    before = contents()
    for what, response in answers_at_addresses(lambda path: world.send(operation, path), operation):
        if response.status_code == 200 and operation.method == "GET":
            assert response.json()["results"] == [], what
        elif response.status_code == 200 and operation.id in OF_ANY_TAG:
            assert response.json()["name"] == tag_name(unquote(IN_A_QUERY[what])), what
        else:
            assert_is_refused(response, what)
    changed = {table for table, rows in contents().items() if rows != before[table]}
    assert changed == ({"tag_follow"} if operation.id == "follow_tag" else set())


@pytest.mark.asvs("1.2.4")
@pytest.mark.parametrize(("operation", "name"), WITH_CONDITION, ids=str)
def test_a_condition_that_makes_no_sense_is_none(operation: Operation, name: str, world: World) -> None:
    """Nothing matches it: what is to be read is read, what is to be changed stays as it is."""
    address = world.address(operation)
    before = contents()
    for what, value in IN_A_HEADER.items():
        response = world.send(operation, address, **{name: value})
        assert response.status_code == (412 if name == "If-Match" else 200), what
        assert contents() == before


@pytest.mark.asvs("1.2.4")
@pytest.mark.parametrize("operation", UNSAFE, ids=str)
def test_a_key_that_is_none_is_refused(operation: Operation, world: World) -> None:
    address = world.address(operation)
    before = contents()
    for what, value in IN_A_HEADER.items():
        if not re.fullmatch("[!-~]{1,255}", value):
            assert_is_refused(world.send(operation, address, **{HEADER: value}), what, place=HEADER)
    assert contents() == before


@pytest.mark.asvs("8.2.3", "15.3.3")
@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_no_column_is_set_that_was_not_offered(operation: Operation, world: World) -> None:
    path = world.address(operation)
    before = contents()
    names = (columns() | OTHER_NAMES) - operation.body.keys()

    response = world.send(operation, path, {**(world.body(operation) or {}), **dict.fromkeys(names, "x")})

    assert_is_refused(response, "columns")
    assert {error["field"] for error in response.json()["errors"] if error["code"] == "unknown_field"} == names
    assert contents() == before


def columns() -> set[str]:
    ours = [model for model in apps.get_models() if model.__module__.startswith("posts_project.")]
    return {name for model in ours for field in model._meta.concrete_fields for name in (field.name, field.attname)}


def in_query(operation: Operation, name: str) -> dict[str, str]:
    """All; but a quarter where the parameter is one that all lists read alike, so that several lists get each."""
    if name not in ("limit", "cursor"):
        return IN_A_QUERY
    turn = WITH_QUERY.index((operation, name)) // 2 % 4
    return dict(list(IN_A_QUERY.items())[turn::4])


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts_in(inner)
