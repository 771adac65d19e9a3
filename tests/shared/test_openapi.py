"""API documents: OpenAPI 3.1, the shared answers on every operation, Swagger UI without a CDN."""

import re

from drf_spectacular.generators import SchemaGenerator


def test_every_operation_tells_its_problems():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    private = paths["/api/v1/private"]["get"]

    assert set(private["responses"]) >= {"400", "401", "405", "406", "429", "500", "503"}
    assert private["security"] == [{"bearer": []}]
    assert "`token_expired`" in private["responses"]["401"]["description"]
    assert set(private["responses"]["401"]["headers"]) == {"X-Request-ID", "WWW-Authenticate"}
    assert {"413", "415"} <= set(paths["/api/v1/echo"]["post"]["responses"])


def test_what_changes_something_tells_of_its_key():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    counting = paths["/api/v1/counting"]

    for method in ("post", "put", "delete"):
        assert [parameter["name"] for parameter in counting[method]["parameters"]] == ["Idempotency-Key"]
        assert "`idempotency_in_progress`" in counting[method]["responses"]["409"]["description"]
        assert "`idempotency_key_reused`" in counting[method]["responses"]["422"]["description"]
        for response in counting[method]["responses"].values():
            assert "Idempotency-Replayed" in response["headers"]
    assert "parameters" not in paths["/api/v1/private"]["get"]


def test_an_answer_tells_the_headers_that_go_with_its_kind():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]

    assert "Link" in paths["/api/v1/numbers/{name}"]["get"]["responses"]["200"]["headers"]
    assert "Location" in paths["/api/v1/counting"]["post"]["responses"]["201"]["headers"]


def test_what_reads_no_token_is_not_said_to_refuse_one():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]

    assert "401" not in paths["/api/v1/open"]["get"]["responses"]
    assert "401" in paths["/api/v1/limited"]["get"]["responses"]


def test_the_document_is_openapi_3_1_and_public(client):
    response = client.get("/api/schema", headers={"accept": "application/json"})

    assert response.status_code == 200
    assert response.json()["openapi"].startswith("3.1")
    assert all(path.startswith("/api/v1") for path in response.json()["paths"])


def test_the_headers_of_limits_stand_where_there_are_limits(client):
    limited = client.get("/api/schema", headers={"accept": "application/json"}).json()["paths"]["/api/v1/limited"]

    for response in limited["post"]["responses"].values():
        assert {"RateLimit", "RateLimit-Policy"} <= set(response["headers"])
    for response in limited["get"]["responses"].values():
        assert "RateLimit" not in response["headers"]


def test_the_docs_page_loads_nothing_from_elsewhere(client):
    response = client.get("/api/docs")

    assert response.status_code == 200
    assert re.findall(rb"https?://", response.content) == []
    assert "connect-src 'self'" in response["Content-Security-Policy"]
