"""What `make chaos` shows at length, in short: promises are kept through real faults, broken without their means."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tools.chaos import checks, scenarios
from tools.chaos.__main__ import main
from tools.chaos.outages import AUTH_SILENT, CONTROL, Course, nobody_notices
from tools.chaos.replica_set import ReplicaSet
from tools.chaos.scenarios import ANSWER, CONTROLS, PROCESS, ROLLING, Outcome
from tools.chaos.site import Site, Use
from tools.chaos.visitors import Phase

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as site:
        yield site


def test_it_has_databases_of_its_own(site: Site):
    """Those of other tests beside it hold other keys and other people's posts."""
    ours = {site.postgres.url, site.mongo.url}

    assert ours == {site.stack.databases.postgres_url, site.stack.databases.mongodb_url}
    assert ours.isdisjoint({os.environ["POSTGRES_URL"], os.environ["MONGODB_URL"]})


def test_nobody_notices_that_both_of_posts_are_restarted_in_turn(site: Site):
    outcome = ROLLING.run(site, times=2)

    assert (outcome.failed, outcome.lost, outcome.doubled, outcome.half_written) == (Counter(), [], [], [])
    assert 3 <= outcome.worst_exit <= 10
    assert outcome.acknowledged == outcome.requests > 100


def test_restarts_without_a_word_are_noticed(site: Site):
    outcome = CONTROLS["rolling"].run(site, times=1)

    assert outcome.failed
    assert not outcome.is_kept


def test_nothing_is_lost_or_doubled_when_a_process_is_killed(site: Site):
    outcome = PROCESS.run(site, times=1)

    assert (outcome.lost, outcome.doubled, outcome.half_written) == ([], [], [])
    assert outcome.acknowledged > 20


def test_who_lost_the_answer_gets_it_again_and_has_written_once(site: Site):
    outcome = ANSWER.run(site, times=2)

    assert outcome.failed["TimeoutError"] > 10
    assert (outcome.lost, outcome.doubled, outcome.half_written) == ([], [], [])


def test_without_keys_they_would_have_written_twice(site: Site):
    outcome = CONTROLS["answer"].run(site, times=2)

    assert outcome.doubled
    assert not outcome.is_kept


def test_what_is_lost_doubled_or_miscounted_is_found(site: Site):
    CONTROLS["answer"].run(site, times=1)
    label = "nothing else says this"
    another = (
        "INSERT INTO post SELECT (jsonb_populate_record(p, jsonb_build_object('id', %s::bigint, 'text', %s::text))).* "
        "FROM post p LIMIT 1"
    )
    for number in (1, 2):
        site.sql(another, number, label)

    assert list(checks.texts(site)).count(label) == 2
    assert len(checks.miscounted(site)) == 1


def test_nobody_notices_at_posts_that_auth_keeps_silent(site: Site):
    course = AUTH_SILENT.run(site, seconds=4, calm=2, heal=1)

    assert (course.during.failed, course.after.failed) == (Counter(), Counter())
    assert len(course.during.seconds) > 100
    assert course.during.longest < 3


def test_everybody_notices_that_the_database_does(site: Site):
    course = CONTROL.run(site, seconds=3, calm=2, heal=1)

    # Or all of them still waited for what they had asked before, and asked nothing.
    assert course.during.longest > 2 or not course.during.seconds
    assert not course.is_kept


def test_the_others_elect_one_of_them_when_the_primary_dies(tmp_path: Path):
    with ReplicaSet(tmp_path) as mongo:
        dead = mongo.primary()
        mongo.kill(dead)
        successor = mongo.primary()
        mongo.start(dead)
        mongo.wait_until_whole()

    assert successor is not dead


@pytest.mark.parametrize(
    ("failed", "longest", "during", "use", "is_kept"),
    [
        ({}, 0.01, 0.014, (109, 20), True),
        ({"post: 503": 1}, 0.01, 0.014, (109, 20), False),
        ({}, 2.0, 0.014, (109, 20), False),
        ({}, 0.01, 0.016, (109, 20), False),
        ({}, 0.01, 0.014, (111, 20), False),
        ({}, 0.01, 0.014, (109, 23), False),
    ],
)
def test_an_outage_is_noticed_by_failures_by_waiting_by_a_longer_tail_or_by_what_piles_up(
    failed, longest, during, use, is_kept
):
    course = Course(
        outage="a", seconds=1, before=Phase(seconds=[0.01] * 1000),
        during=Phase(seconds=[during] * 999 + [longest], failed=Counter(failed)), after=Phase(), waiting=0, caught_up=0,
        use_before=Use(megabytes=100, threads=20), use_after=Use(megabytes=use[0], threads=use[1]),
        promise=partial(nobody_notices, slower=1.5),
    )  # fmt: skip

    assert course.is_kept is is_kept
    assert not replace(course, during=Phase()).is_kept


@pytest.mark.parametrize(
    ("lost", "doubled", "half_written", "failed", "is_kept"),
    [
        ([], [], [], {}, (True, True)),
        ([], [], [], {"ConnectionError": 1}, (False, True)),
        (["a"], [], [], {}, (False, False)),
        ([], ["a"], [], {}, (False, False)),
        ([], [], ["ada"], {}, (False, False)),
    ],
)
def test_a_promise_is_kept_or_it_is_not(lost, doubled, half_written, failed, is_kept):
    def outcome(promise):
        return Outcome(
            scenario="a", faults=1, requests=9, failed=Counter(failed), acknowledged=8, lost=lost, doubled=doubled,
            half_written=half_written, worst_exit=1.0, worst_wait=1.0, promise=promise,
        )  # fmt: skip

    assert (outcome(scenarios.nobody_failed).is_kept, outcome(scenarios.nothing_lost).is_kept) == is_kept


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["flood"], "no scenario flood: there are rolling, process"),
        (["outages", "flood"], "no outage flood: there are auth"),
        (["--times", "0"], "0 is not a whole number"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_started(arguments, told, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["chaos", *arguments])

    with pytest.raises(SystemExit, match="2"):
        main()

    said = capsys.readouterr()
    assert (said.out, told in said.err) == ("", True)
