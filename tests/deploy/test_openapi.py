"""Both API documents: OpenAPI 3.1 by its own schema, and the rules of `tests/openapi_rules.py`."""

import copy
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests import openapi_rules as rules

DOCUMENTS = {service: rules.document(service) for service in ("auth", "posts")}


@pytest.mark.parametrize("service", DOCUMENTS)
def test_it_is_valid_by_openapi_itself(service):
    faults = [error.message for error in OpenAPIV31SpecValidator(DOCUMENTS[service]).iter_errors()]

    assert faults == []


@pytest.mark.parametrize("service", DOCUMENTS)
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_it_keeps_to_our_own_rules(service, rule):
    assert list(rule(DOCUMENTS[service])) == []


def breaking(service: str, **changes: Any) -> dict[str, Any]:
    """That document, with its first operation changed; None takes something away."""
    document = copy.deepcopy(DOCUMENTS[service])
    operation = next(operation for _, _, operation in rules.operations(document))
    for name, value in changes.items():
        operation.pop(name, None)
        operation.update({} if value is None else {name: value})
    return document


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (rules.names, {"operationId": "Not a name"}),
        (rules.words, {"summary": "", "description": ""}),
        (rules.words, {"tags": []}),
        (rules.answers, {"responses": {"200": {}}}),
        (rules.safety, {"security": [{"basic": []}]}),
        (rules.parameters, {"parameters": [{"in": "path", "name": "nobody"}]}),
        (rules.bodies, {"requestBody": {"content": {"application/json": {}}}}),
    ],
)
def test_a_rule_finds_what_breaks_it(rule, changes):
    assert list(rule(breaking("auth", **changes)))
