"""When a timeline may be filled: not before everything that may have missed its owner has ended."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from posts_project.feeds.services import owners
from tests.posts.people import Person

pytestmark = pytest.mark.django_db(transaction=True)


class Writer:
    """A transaction of somebody else that has an id, and so may have written."""

    def __init__(self, database: str) -> None:
        settings = connection.settings_dict
        self.connection = psycopg.connect(
            host=settings["HOST"],
            port=settings["PORT"] or None,
            user=settings["USER"],
            password=settings["PASSWORD"],
            dbname=database,
        )

    def begin(self) -> None:
        self.connection.execute("SELECT pg_current_xact_id()")

    def end(self) -> None:
        self.connection.rollback()


@pytest.fixture
def here() -> Iterator[Writer]:
    writer = Writer(connection.settings_dict["NAME"])
    with writer.connection:
        yield writer


@pytest.fixture
def elsewhere() -> Iterator[Writer]:
    writer = Writer("postgres")
    with writer.connection:
        yield writer


def test_an_older_transaction_of_this_database_is_waited_for(here: Writer, ada: Person) -> None:
    here.begin()
    owners.begin_again(ada.id)
    assert owners.rebuild(ada.id) is False

    here.end()

    assert owners.rebuild(ada.id) is True


def test_a_younger_one_is_not(here: Writer, ada: Person) -> None:
    owners.begin_again(ada.id)
    here.begin()

    assert owners.rebuild(ada.id) is True


def test_nor_is_one_of_another_database(elsewhere: Writer, ada: Person) -> None:
    elsewhere.begin()
    owners.begin_again(ada.id)

    assert owners.rebuild(ada.id) is True


def test_nor_is_one_of_another_database_that_ends_while_it_is_looked_at(
    elsewhere: Writer, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere.begin()
    owners.begin_again(ada.id)
    asked = owners.sql.row

    def ended_before(*arguments: Any) -> Any:
        elsewhere.end()
        return asked(*arguments)

    monkeypatch.setattr(owners.sql, "row", ended_before)

    assert owners.rebuild(ada.id) is True
