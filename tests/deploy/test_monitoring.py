"""Alerts and dashboard ask for what is there, and whoever is woken finds what to do."""

import json
import re
from pathlib import Path

import promql_parser
import pytest
import yaml

from tests.metric_names import declared

ROOT = Path(__file__).parents[2]
RULES = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
ALERTS = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]}
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
RUNBOOK = (ROOT / "docs/runbook.md").read_text()

SERIES = {name: labels for one in declared() for name, labels in one.series().items()}
# Prometheus' own, and what it adds to each series.
SERIES["up"] = frozenset()
OF_EVERY_SERIES = {"job", "instance"}

EXPRESSIONS = [rule["expr"] for rule in ALERTS.values()]
EXPRESSIONS += [target["expr"] for panel in PANELS for target in panel["targets"]]


def parsed(expression: str) -> list:
    """The nodes of an expression, outermost first."""
    nodes: list = []
    promql_parser.walk(promql_parser.parse(expression.replace("$__rate_interval", "1m")), nodes.append)
    return nodes


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_asks_for_metrics_and_labels_that_there_are(expression):
    nodes = parsed(expression)
    selectors = [node for node in nodes if isinstance(node, promql_parser.VectorSelector)]

    assert selectors
    assert {selector.name for selector in selectors} <= set(SERIES)
    for selector in selectors:
        assert {matcher.name for matcher in selector.matchers.matchers} <= SERIES[selector.name] | OF_EVERY_SERIES
    known = OF_EVERY_SERIES.union(*(SERIES[selector.name] for selector in selectors))
    assert set().union(*groupings(nodes)) <= known


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_bad_it_is_what_it_is_and_where_to_read_on(name):
    rule = ALERTS[name]

    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{name.lower()}"
    assert set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])) <= labels_of_the_alert(rule["expr"])


def groupings(nodes: list) -> list[set[str]]:
    """The labels that each aggregation leaves."""
    aggregations = [node for node in nodes if isinstance(node, promql_parser.AggregateExpr)]
    return [set(one.modifier.labels) if one.modifier else set() for one in aggregations]


def labels_of_the_alert(expression: str) -> set[str]:
    nodes = parsed(expression)
    names = [node.name for node in nodes if isinstance(node, promql_parser.VectorSelector)]
    return set().union(*(groupings(nodes) or [SERIES[name] | OF_EVERY_SERIES for name in names]))


def test_every_alert_has_its_section_and_every_section_its_alert():
    sections = re.split(r"^### ", RUNBOOK, flags=re.MULTILINE)[1:]

    assert [section.partition("\n")[0] for section in sections] == list(ALERTS)
    for section in sections:
        for part in ("**Means.**", "**Look.**", "**Do.**"):
            assert part in section, section[:40]


def test_panels_have_numbers_of_their_own_and_do_not_overlap():
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    taken = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(taken)) == len(taken)


def test_each_metric_is_on_the_dashboard_or_in_an_alert():
    """What nobody looks at need not be measured."""
    asked_for = " ".join(EXPRESSIONS)

    assert [one.name for one in declared() if one.name not in asked_for] == []


def test_prometheus_asks_every_process_of_compose_that_answers():
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    targets = {one["job_name"]: one["static_configs"][0]["targets"][0] for one in config["scrape_configs"]}

    assert config["rule_files"] == ["alerts.yml"]
    assert set(targets) == {"auth", "posts", "auth-worker", "posts-worker"}
    for job, target in targets.items():
        host, port = target.split(":")
        variables = compose["services"][host]["environment"]
        assert (host, int(port)) == (job, variables["METRICS_PORT"] if "worker" in job else _exposed(job))


def _exposed(service: str) -> int:
    return int(re.search(r"^EXPOSE (\d+)$", (ROOT / f"deploy/{service}.Dockerfile").read_text(), re.MULTILINE)[1])
