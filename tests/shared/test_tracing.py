"""Spans, as somebody receives them who collects them. They are sent by real processes, each with its own SDK."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared import env, tracing
from shared.env import ConfigurationError
from tests.otlp import Collector

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
INCOMING = f"00-{'a' * 32}-{'b' * 16}-01"
UNSAMPLED = f"00-{'c' * 32}-{'d' * 16}-00"

PREAMBLE = """
import json, sys
from contextlib import suppress
from shared import tracing
from shared.request_context import current_traceparent, request_context

tracing.start("a-service")
"""


def run(collector: Collector, code: str, **variables: str) -> Any:
    """What `code` printed as JSON; when this returns its spans have arrived."""
    sends_to = {tracing.VARIABLE: collector.url, "OTEL_BSP_SCHEDULE_DELAY": "60000"}
    command = [sys.executable, "-c", PREAMBLE + code]
    ran = subprocess.run(
        command, cwd=ROOT, env=os.environ | sends_to | variables, capture_output=True, text=True, timeout=30
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return json.loads(ran.stdout or "null")


@pytest.fixture
def collector():
    with Collector() as collector:
        yield collector


def test_without_the_variable_nothing_is_recorded_and_everything_works():
    with tracing.serving(INCOMING) as span, tracing.working("a job"), tracing.asking("GET /x", {}):
        span.is_called("GET /y")
        span.has({"http.route": "/y"})
        span.failed("500")
    tracing.flush()

    assert "opentelemetry.sdk" not in sys.modules


def test_a_request_and_what_it_asks_are_one_trace_which_goes_on_with_the_callers(collector):
    code = f"""
with request_context(request_id=None, traceparent="{INCOMING}"), tracing.serving("{INCOMING}") as span:
    with tracing.asking("GET /internal", {{"url.template": "/internal"}}):
        inner = current_traceparent()
    outer = current_traceparent()
    span.is_called("GET /y")
    span.has({{"http.route": "/y"}})
print(json.dumps([outer, inner]))
"""
    outer, inner = run(collector, code)

    asked, request = collector.spans()
    assert (request.service, request.name, request.attributes) == ("a-service", "GET /y", {"http.route": "/y"})
    assert (request.trace_id, request.parent_id) == ("a" * 32, "b" * 16)
    assert (asked.trace_id, asked.parent_id, asked.name) == ("a" * 32, request.span_id, "GET /internal")
    # What logs and calls to the other service tell of is the span they are written or made in.
    assert outer == f"00-{'a' * 32}-{request.span_id}-01"
    assert inner == f"00-{'a' * 32}-{asked.span_id}-01"


def test_what_nobody_began_begins_a_trace_and_a_question_without_a_cause_makes_none(collector):
    code = """
with tracing.asking("SELECT job", {}):
    pass
with request_context(request_id=None, traceparent=None), tracing.working("a job"):
    inner = current_traceparent()
print(json.dumps(inner))
"""
    inner = run(collector, code)

    (job,) = collector.spans()
    assert (job.name, job.parent_id) == ("a job", "")
    assert inner[:-3] == f"00-{job.trace_id}-{job.span_id}"


def test_of_an_error_the_class_is_told_and_never_the_message(collector):
    code = """
with suppress(ValueError), tracing.working("a job"):
    raise ValueError("ada@example.org")
"""
    run(collector, code)

    (job,) = collector.spans()
    assert (job.is_error, job.attributes) == (True, {"error.type": "ValueError"})
    assert b"ada@example.org" not in b"".join(collector.bodies)


def test_the_callers_and_the_standard_variables_choose_what_is_sampled(collector):
    code = f"""
with tracing.serving("{UNSAMPLED}"):
    inner = current_traceparent()
print(json.dumps(inner))
"""
    assert run(collector, code)[:35] == UNSAMPLED[:35]
    run(collector, 'with tracing.working("a job"): pass', OTEL_TRACES_SAMPLER="parentbased_always_off")

    assert collector.spans() == []


def test_a_collector_that_is_away_delays_nobody(collector):
    url = collector.url
    collector.__exit__()

    ran = subprocess.run(
        [sys.executable, "-c", PREAMBLE + 'with tracing.working("a job"): pass'],
        cwd=ROOT,
        env=os.environ | {tracing.VARIABLE: url},
        timeout=10,
    )

    assert ran.returncode == 0


STATEMENTS = {
    "SELECT id FROM post WHERE text = %s": ("SELECT", "post"),
    '\n    INSERT INTO "timeline" (a) SELECT b FROM follow WHERE c = %s': ("INSERT", "timeline"),
    'UPDATE "profile" SET x = %s': ("UPDATE", "profile"),
    "DELETE FROM mark WHERE x = %s": ("DELETE", "mark"),
    "(SELECT %s)": ("SELECT", None),
}


def test_of_a_statement_the_verb_and_the_table_are_told(collector):
    code = f"""
import django
from django.conf import settings
settings.configure(DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}})
django.setup()
from django.db import Error, connection
for sql in {list(STATEMENTS)!r}:
    with tracing.serving(None), suppress(Error), connection.cursor() as cursor:
        cursor.execute(sql, ["a secret"])
"""
    run(collector, code)

    told = [span for span in collector.spans() if span.name != "request"]
    assert [span.name for span in told] == [f"{verb} {table or ''}".strip() for verb, table in STATEMENTS.values()]
    for span, (verb, table) in zip(told, STATEMENTS.values(), strict=True):
        names = {"db.system.name": "sqlite", "db.operation.name": verb, "db.collection.name": table}
        wanted = {name: value for name, value in names.items() if value}
        # There are no such tables.
        assert span.attributes == wanted | {"error.type": "OperationalError"}
    assert b"a secret" not in b"".join(collector.bodies)


def test_wanted_without_its_packages_it_is_refused_by_name(monkeypatch):
    def missing(package):
        raise ModuleNotFoundError

    monkeypatch.setattr(env, "find_spec", missing)
    tracing.check("")

    with pytest.raises(ConfigurationError) as refused:
        tracing.check("http://127.0.0.1:4318")
    assert str(refused.value) == (
        "OTEL_EXPORTER_OTLP_ENDPOINT: needs the packages of requirements-otel.txt, which are not installed"
    )
