"""Both API documents keep to the rules of `tests/openapi_rules.py`."""

from typing import Any

import pytest

from tests import openapi_rules as rules

DOCUMENTS = {service: rules.document(service) for service in ("auth", "posts")}


@pytest.mark.parametrize("service", DOCUMENTS)
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_it_keeps_to_our_own_rules(service, rule):
    assert list(rule(DOCUMENTS[service])) == []


def breaking(changes: dict[str, Any]) -> dict[str, Any]:
    """Auth's document, of which one operation alone is left, with these changes, and one schema that is none."""
    operation = next(operation for _, _, operation in rules.operations(DOCUMENTS["auth"]))
    schemas = {"Problem": {"type": ["string", "null", "null"]}}
    components = DOCUMENTS["auth"]["components"] | {"schemas": schemas}
    return DOCUMENTS["auth"] | {"paths": {"/api/v1/x": {"post": operation | changes}}, "components": components}


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (rules.specification, {"responses": "none"}),
        (rules.names, {"operationId": "Not a name"}),
        (rules.words, {"summary": "", "description": ""}),
        (rules.words, {"tags": []}),
        (rules.answers, {"responses": {"200": {}}}),
        (rules.safety, {"security": [{"basic": []}]}),
        (rules.parameters, {"parameters": [{"in": "path", "name": "nobody"}]}),
        (rules.bodies, {"requestBody": {"content": {"application/json": {}}}}),
        (rules.references, {"requestBody": {"$ref": "#/components/schemas/Nothing"}}),
        (rules.schemas, {}),
    ],
)
def test_a_rule_finds_what_breaks_it(rule, changes):
    assert list(rule(breaking(changes)))
