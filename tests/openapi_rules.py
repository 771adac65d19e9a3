"""What both API documents must keep to: one rule a function, which yields its faults. That they are what the code says
is shown where the code is (tests/auth/test_openapi.py, tests/posts/test_openapi.py)."""

import json
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

Document = dict[str, Any]
Operation = dict[str, Any]

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
SUCCESS = {"2", "3"}


def document(service: str) -> Document:
    path = Path(__file__).parents[1] / f"{service}_project/openapi.yaml"
    return yaml.load(path.read_text(), Loader=yaml.CSafeLoader)


def operations(document: Document) -> Iterator[tuple[str, str, Operation]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def specification(document: Document) -> Iterator[str]:
    """It is OpenAPI 3.1, by the schema that `spectacular --validate` has, too; which looks for the same anchors again
    and again, and takes ten times as long."""
    found = files("drf_spectacular.validation").joinpath("openapi_3_1_schema.json").read_text()
    schema = json.loads(found)
    registry = Registry().with_resource(schema["$id"], Resource.from_contents(schema)).crawl()
    for error in Draft202012Validator(schema, registry=registry).iter_errors(document):
        yield f"{error.json_path}: {error.message[:200]}"


def names(document: Document) -> Iterator[str]:
    """Each operation has a name of its own, by which clients are generated."""
    seen: set[str] = set()
    for path, method, operation in operations(document):
        name = operation.get("operationId", "")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in seen:
            yield f"{method} {path}: operationId {name!r}"
        seen.add(name)


def words(document: Document) -> Iterator[str]:
    """Each says what it does, in a sentence, and stands under one heading."""
    for path, method, operation in operations(document):
        if len(operation.get("summary", "") or operation.get("description", "")) < 8:
            yield f"{method} {path}: says nothing"
        if len(operation.get("tags", [])) != 1:
            yield f"{method} {path}: tags {operation.get('tags')}"


def answers(document: Document) -> Iterator[str]:
    """Each tells how it goes well, and all refusals and faults as problems."""
    for path, method, operation in operations(document):
        statuses = set(operation["responses"])
        if not any(status[0] in SUCCESS for status in statuses):
            yield f"{method} {path}: no success"
        needed = {"400", "405", "406", "429", "500", "503"} | ({"404"} if "{" in path else set())
        needed |= {"413", "415"} if "requestBody" in operation else set()
        needed |= {"401"} if is_closed(operation) else set()
        yield from (f"{method} {path}: no {status}" for status in sorted(needed - statuses))
        for status in sorted(status for status in statuses if status[0] in "45"):
            if operation["responses"][status].get("content") != PROBLEM:
                yield f"{method} {path}: {status} is no problem"


def is_closed(operation: Operation) -> bool:
    return {} not in operation.get("security", [{}])


def safety(document: Document) -> Iterator[str]:
    """Each says who may call it, in words that the document declares."""
    declared = set(document["components"]["securitySchemes"])
    for path, method, operation in operations(document):
        if "security" not in operation and not is_open_to_all(path):
            yield f"{method} {path}: no security"
        for scheme in {name for way in operation.get("security", []) for name in way} - declared:
            yield f"{method} {path}: {scheme} is not declared"


def is_open_to_all(path: str) -> bool:
    """Where no token is read at all."""
    return path.startswith(("/.well-known/", "/api/v1/auth/", "/api/v1/erasures/", "/oauth/"))


def parameters(document: Document) -> Iterator[str]:
    """Each parameter has a type and says what it is; those of the path are all there, once."""
    for path, method, operation in operations(document):
        given = operation.get("parameters", [])
        in_path = [one["name"] for one in given if one["in"] == "path"]
        if sorted(in_path) != sorted(re.findall(r"{(\w+)}", path)):
            yield f"{method} {path}: path parameters {in_path}"
        yield from (f"{method} {path}: {one['name']} has no type" for one in given if not one.get("schema"))


def bodies(document: Document) -> Iterator[str]:
    """Objects that are taken have names for what is in them; nothing is free."""
    for path, method, operation in operations(document):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if "schema" not in content:
                yield f"{method} {path}: {kind} without a schema"
        if method in ("get", "head", "delete") and operation.get("requestBody", {}).get("required"):
            yield f"{method} {path}: needs a body"


def references(document: Document) -> Iterator[str]:
    """Every schema is used, and every one that is used is there."""
    used = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    there = set(document["components"]["schemas"])
    yield from (f"{name} is never used" for name in sorted(there - used))
    yield from (f"{name} is nowhere" for name in sorted(used - there))


def schemas(document: Document) -> Iterator[str]:
    """Every schema is one by JSON Schema 2020-12, which OpenAPI 3.1 takes whole."""
    for name, schema in document["components"]["schemas"].items():
        for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema):
            yield f"{name}: {error.message}"


RULES: list[Callable[[Document], Iterator[str]]] = [
    specification, names, words, answers, safety, parameters, bodies, references, schemas,
]  # fmt: skip
