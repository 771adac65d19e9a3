"""What Django's ORM cannot say to MongoDB: above all, change one document atomically and see the outcome.

Finding and adding one document it can say too, at three times the price (docs/adr/0005-reads-past-the-orm.md): that
counts where every sign-in and every signed-in request pays it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django_mongodb_backend.query import wrap_database_errors
from pymongo import ReturnDocument

M = TypeVar("M", bound=models.Model)


def connection() -> Any:
    """This thread's connection: the backend's `DatabaseWrapper`, which has no types. Its `session` is the open
    transaction's, or None."""
    return connections[DEFAULT_DB_ALIAS]


@wrap_database_errors
def find_one_and_update(model: type[M], *, match: Mapping[str, Any], update: Mapping[str, Any]) -> M | None:
    """Apply `update` to the document that fulfils `match`; return it as it is afterwards, None where none does.

    Both are in MongoDB's language and name columns; values must come from code or have a checked type, never a dict
    from outside. Part of the transaction that `run_in_txn` has opened, if any.
    """
    document = _collection(model).find_one_and_update(
        match, update, return_document=ReturnDocument.AFTER, session=connection().session
    )
    return _instance(model, document) if document is not None else None


@wrap_database_errors
def find_one_and_delete(model: type[M], *, match: Mapping[str, Any]) -> M | None:
    """Delete the document that fulfils `match`, which is as above; return it, None where none does."""
    document = _collection(model).find_one_and_delete(match, session=connection().session)
    return _instance(model, document) if document is not None else None


@wrap_database_errors
def find_one(model: type[M], *, match: Mapping[str, Any]) -> M | None:
    """The document that fulfils `match`, which is as above; part of the open transaction, if any."""
    document = _collection(model).find_one(match, session=connection().session)
    return _instance(model, document) if document is not None else None


@wrap_database_errors
def insert_one(instance: models.Model) -> None:
    """Add what `instance` says, whose values are of the types that its columns have; part of the open transaction.

    :raises IntegrityError: there is one with that key.
    """
    fields = instance._meta.concrete_fields
    document = {field.column: getattr(instance, field.attname) for field in fields}
    _collection(type(instance)).insert_one(document, session=connection().session)
    instance._state.adding, instance._state.db = False, DEFAULT_DB_ALIAS


@wrap_database_errors
def find_last(model: type[M], *, limit: int) -> list[M]:
    """The documents with the greatest keys, in ascending order; whatever transaction is open, outside of it."""
    documents = list(_collection(model).find(sort=[("_id", -1)], limit=limit))
    return [_instance(model, document) for document in reversed(documents)]


def _collection(model: type[models.Model]) -> Any:
    connection().ensure_connection()
    return connection().get_collection(model._meta.db_table)


def _instance(model: type[M], document: Mapping[str, Any]) -> M:
    fields = model._meta.concrete_fields
    values = [aware(document.get(str(field.column))) for field in fields]
    return model.from_db(DEFAULT_DB_ALIAS, [field.attname for field in fields], values)


def aware(value: Any) -> Any:
    """MongoDB keeps UTC; pymongo hands it over without saying so."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
