"""What can be seen of a running system from outside: one trace through the logs and spans of both, and all metrics."""

import json
import re
import secrets
from pathlib import Path
from typing import Any

import pytest

from shared.public_api import Person, PublicApi
from tests.e2e.conftest import PASSWORD, eventually
from tests.metric_names import declared
from tests.otlp import Received
from tools.devstack.stack import Stack

pytestmark = pytest.mark.slow

# What the metrics library adds of itself.
OF_PYTHON = ("python_", "process_")


@pytest.fixture(scope="module")
def stack(watched_stack: Stack) -> Stack:
    return watched_stack


@pytest.fixture(scope="module")
def api(stack: Stack) -> PublicApi:
    return PublicApi(auth_url=stack.auth_url, posts_url=stack.posts_url)


@pytest.fixture
def trace_id() -> str:
    return secrets.token_hex(16)


def logged(stack: Stack, process: str, trace_id: str) -> list[dict[str, Any]]:
    lines = Path(stack.logs, f"{process}.log").read_text().splitlines()
    parsed = [json.loads(line) for line in lines if line.startswith("{")]
    return [line for line in parsed if line.get("trace_id") == trace_id]


def traceparent(trace_id: str) -> str:
    return f"00-{trace_id}-{secrets.token_hex(8)}-01"


def test_a_request_that_asks_the_other_service_is_one_trace_in_both_logs(api, stack, trace_id):
    answer = api.call("GET", "/api/v1/profiles/nobody_of_that_name", traceparent=traceparent(trace_id))

    assert answer.status == 404
    lines = {name: logged(stack, name, trace_id) for name in ("posts", "auth")}
    assert [line["route"] for line in lines["posts"]] == ["/api/v1/profiles/<username>"]
    # Once more where the first answer takes too long.
    assert {line["route"] for line in lines["auth"]} == {"/internal/v1/users"}
    assert {line["request_id"] for found in lines.values() for line in found} == {answer.headers["x-request-id"]}


def test_an_event_arrives_in_the_trace_of_the_request_that_recorded_it(ada, stack, trace_id):
    ada.call("PATCH", "/api/v1/users/me", {"bio": "new"}, traceparent=traceparent(trace_id)).expect(200)

    eventually(lambda: logged(stack, "posts", trace_id) and logged(stack, "auth-worker", trace_id))
    assert [line["route"] for line in logged(stack, "auth", trace_id)] == ["/api/v1/users/me"]
    (delivered,) = logged(stack, "auth-worker", trace_id)
    (received,) = logged(stack, "posts", trace_id)
    assert (delivered["event"], delivered["event_type"]) == ("outbox.delivered", "user.updated")
    assert (received["route"], received["request_id"]) == ("/internal/v1/events", delivered["request_id"])


def test_a_job_is_found_by_its_number_from_the_trace_that_queued_it(ada, stack, trace_id):
    body = {"text": "Which?", "poll": {"options": ["yes", "no"], "expires_in": 300}}
    ada.call("POST", "/api/v1/posts", body, traceparent=traceparent(trace_id)).expect(201)

    (queued,) = (line for line in logged(stack, "posts", trace_id) if line["event"] == "job.queued")
    assert (queued["task"], queued["job_id"] > 0) == ("posts.close_poll", True)


def test_spans_of_both_services_and_their_databases_are_one_trace_that_names_nobody(ada, collector, trace_id):
    name = f"nobody_{secrets.token_hex(4)}"
    ada.call("GET", f"/api/v1/profiles/{name}?who={name}", traceparent=traceparent(trace_id)).expect(404)

    def is_of_this_trace(span: Received) -> bool:
        return span.trace_id == trace_id

    wanted = [
        ("posts", "GET /api/v1/profiles/<username>"),
        ("posts", "SELECT block"),  # the first table that the look-up of a profile names
        ("posts", "GET /internal/v1/users"),
        ("auth", "GET /internal/v1/users"),
        ("auth", "aggregate users"),
    ]
    found = {
        key: collector.wait_for(lambda span, key=key: is_of_this_trace(span) and (span.service, span.name) == key)
        for key in wanted
    }
    request, statement, call, answer, command = (found[key] for key in wanted)
    assert statement.parent_id == call.parent_id == request.span_id
    assert answer.parent_id == call.span_id
    assert command.parent_id == answer.span_id
    assert request.attributes == {
        "http.request.method": "GET",
        "http.route": "/api/v1/profiles/<username>",
        "http.response.status_code": 404,
    }
    sent = b"".join(collector.bodies)
    assert not [secret for secret in (name, ada.username, ada.access, PASSWORD) if secret.encode() in sent]


def test_a_worker_has_spans_of_its_own_and_none_of_its_idle_looks(ada, collector):
    ada.call("PATCH", "/api/v1/users/me", {"bio": "newer"}).expect(200)

    delivery = collector.wait_for(lambda span: (span.service, span.name) == ("auth-worker", "outbox.deliver"))
    assert collector.wait_for(lambda span: span.parent_id == delivery.span_id)
    job = collector.wait_for(lambda span: (span.service, span.name) == ("posts-worker", "worker.retry_stalled"))
    beginnings = {span.name for span in collector.spans() if not span.parent_id and "worker" in span.service}
    assert job.parent_id == ""
    assert {name for name in beginnings if re.match(r"find|aggregate|SELECT|POST", name)} == set()


def test_what_was_recorded_last_is_sent_before_a_process_ends(ada, collector, stack, trace_id):
    ada.call("GET", "/api/v1/users/me", traceparent=traceparent(trace_id)).expect(200)
    stack.stop("auth")
    stack.start("auth")

    assert any(span.trace_id == trace_id and span.service == "auth" for span in collector.spans())


def exposed(api: PublicApi, url: str) -> set[str]:
    lines = api.call("GET", f"{url}/metrics").expect(200).body.splitlines()
    return {re.split("[{ ]", line, maxsplit=1)[0] for line in lines if line and not line.startswith(("#", *OF_PYTHON))}


def test_every_declared_metric_is_there_and_none_that_is_not_declared(ada, api, stack):
    body = {"text": "Which?", "poll": {"options": ["yes", "no"], "expires_in": 300}}
    ada.call("POST", "/api/v1/posts", body).expect(201)
    series = {name for one in declared() for name in one.series()}

    def missing() -> set[str]:
        return series ^ (exposed(api, stack.auth_url) | exposed(api, stack.posts_url))

    eventually(lambda: not missing(), seconds=20)


@pytest.fixture
def ada(api: PublicApi) -> Person:
    person = Person(api=api, username=f"ada_{secrets.token_hex(3)}", password=PASSWORD)
    assert person.sign_up()
    person.call("GET", f"/api/v1/profiles/{person.username}")
    return person
