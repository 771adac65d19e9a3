"""Looking for somebody in everything that a stack keeps: collections, tables, files and logs."""

import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import psycopg
import pymongo
from psycopg import sql

from tools.devstack.stack import Stack

# The databases' own files hold what was deleted until they are written over; what they answer is what counts.
# A mail that was sent is with whom it was sent to: in development it lies in a folder instead.
ELSEWHERE = ("mongo/data", "postgres/data", "mail")

_TABLES = """
    SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
"""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something was found; `kind` is collection, table, file or log."""

    kind: str
    name: str
    found: str


def of(words: Collection[str], stack: Stack) -> list[Place]:
    """Everything in which one of `words` stands, whatever the case of its letters."""
    kept = (*_collections(stack), *_tables(stack), *_files(stack.data_dir))
    return [
        Place(kind=kind, name=name, found=word)
        for kind, name, content in kept
        for word in words
        if _holds(content, word)
    ]


def _holds(content: bytes, word: str) -> bool:
    """PostgreSQL shows binary columns in hexadecimal."""
    sought = word.lower().encode()
    return sought in content or sought.hex().encode() in content


def _collections(stack: Stack) -> Iterator[tuple[str, str, bytes]]:
    with pymongo.MongoClient(stack.environment["MONGODB_URL"]) as client:
        database = client.get_default_database()
        for name in database.list_collection_names():
            yield "collection", name, str(list(database[name].find())).lower().encode()


def _tables(stack: Stack) -> Iterator[tuple[str, str, bytes]]:
    with psycopg.connect(stack.environment["POSTGRES_URL"]) as connection:
        for schema, table in connection.execute(_TABLES).fetchall():
            query = sql.SQL("SELECT string_agg(t::text, ' ') FROM {} t").format(sql.Identifier(schema, table))
            (rows,) = connection.execute(query).fetchone() or (None,)
            yield "table", table, (rows or "").lower().encode()


def _files(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Names count as content; archives are looked into."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(ELSEWHERE):
            kind = "log" if path.suffix == ".log" or path.name == "log" else "file"
            yield kind, name, name.lower().encode() + b" " + _content(path).lower()


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if not zipfile.is_zipfile(BytesIO(content)):
        return content
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return b" ".join(archive.read(name) for name in archive.namelist())
