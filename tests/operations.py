"""What a service offers, read from its committed OpenAPI document: tests walk all of it, and leave nothing out."""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Field:
    """One place in a body, `("poll", "options", 0)`, and what the document says of it."""

    path: tuple[str | int, ...]
    schema: Mapping[str, Any] = field(hash=False)

    def __str__(self) -> str:
        return ".".join(map(str, self.path))

    @property
    def is_free_text(self) -> bool:
        """Whether people write here what they like."""
        return "string" in self.schema.get("type", ()) and not {"enum", "pattern", "format"} & self.schema.keys()


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path. `takes_token` where a token may be sent, `needs_token` where one must be."""

    id: str
    method: str
    path: str
    needs_token: bool
    takes_token: bool
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict, hash=False)
    content_types: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_form(self) -> bool:
        """Whether its body is always a form: a file is in it."""
        return self.content_types == ("multipart/form-data",)

    @property
    def parameters(self) -> list[str]:
        """Those of its path."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def fields(self) -> list[Field]:
        """Every place in its body, those within others too; of an array the first."""
        return [one for name, schema in self.body.items() for one in _fields((name,), schema)]

    def address(self, **values: str) -> str:
        """Its path with `values` in place of the parameters; `1` where none is given."""
        filled = self.path
        for part in self.path.split("/"):
            if part.startswith("{"):
                filled = filled.replace(part, values.get(part.strip("{}"), "1"))
        return filled


@functools.cache
def operations(service: str) -> tuple[Operation, ...]:
    """All of `auth` or `posts`, in the order of the document, which is large: it is read once, and not by Python."""
    document = yaml.load((ROOT / f"{service}_project/openapi.yaml").read_text(), Loader=yaml.CSafeLoader)
    return tuple(
        _operation(document, path, method, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    )


def _operation(document: Mapping[str, Any], path: str, method: str, described: Mapping[str, Any]) -> Operation:
    ways = described.get("security", [])
    contents = described.get("requestBody", {}).get("content", {})
    return Operation(
        id=described["operationId"],
        method=method.upper(),
        path=path,
        needs_token=bool(ways) and {} not in ways,
        takes_token=any("bearer" in way for way in ways),
        query=tuple(one["name"] for one in described.get("parameters", []) if one["in"] == "query"),
        headers=tuple(one["name"] for one in described.get("parameters", []) if one["in"] == "header"),
        body=_resolved(document, contents.get("application/json", {}).get("schema", {})).get("properties", {}),
        content_types=tuple(contents),
    )


def _fields(path: tuple[str | int, ...], schema: Mapping[str, Any]) -> Iterator[Field]:
    yield Field(path, schema)
    for name, inner in _kind(schema, "object").get("properties", {}).items():
        yield from _fields((*path, name), inner)
    if items := _kind(schema, "array").get("items"):
        yield from _fields((*path, 0), items)


def _kind(schema: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The part of `schema` that is of that type: all of it, or one of its alternatives."""
    alternatives = [schema, *schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())]
    return next((one for one in alternatives if kind in one.get("type", ())), {})


def _resolved(document: Mapping[str, Any], schema: Any) -> Any:
    """`schema` with what it refers to in its place, all the way down. Bodies do not refer to themselves."""
    if isinstance(schema, list):
        return [_resolved(document, one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" not in schema:
        return {name: _resolved(document, value) for name, value in schema.items()}
    found: Any = document
    for step in schema["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return _resolved(document, found)
