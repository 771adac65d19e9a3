"""Reporting: what can be reported, once, by whom, and that nobody learns of it."""

import json
from typing import Any

import pytest

from posts_project.moderation.models import Case, Report
from shared.snowflakes import new_id
from tests.posts.moderation.deciding import decided, taken_back
from tests.posts.parallel import at_once
from tests.posts.people import Person, Visitor

PATH = "/api/v1/reports"


def report(who: Visitor, **body: Any) -> Any:
    return who.post(PATH, {"reason": "spam", **body})


def test_a_post_is_reported(ada: Person, bob: Person) -> None:
    post = bob.writes("Buy this", spoiler_text="Offer")

    answer = report(ada, post_id=post["id"], comment="Again and again")

    case, made = Case.objects.get(), Report.objects.get()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/reports/{made.id}"
    assert answer.json() == {
        "id": str(made.id),
        "post_id": post["id"],
        "profile_id": None,
        "reason": "spam",
        "comment": "Again and again",
        "state": "open",
        "created_at": answer.json()["created_at"],
    }
    assert ada.get(answer.headers["Location"]).json() == answer.json()
    assert (case.profile_id, str(case.post_id), case.text) == (bob.id, post["id"], "Offer\n\nBuy this")
    assert made.reporter_id == ada.id


def test_a_person_is_reported(ada: Person, bob: Person) -> None:
    answer = report(ada, username="bob").json()

    assert (answer["post_id"], answer["profile_id"], answer["comment"]) == (None, str(bob.id), "")
    assert (Case.objects.get().profile_id, Case.objects.get().post_id) == (bob.id, None)


def test_reports_of_one_target_make_one_case_and_of_another_another(ada: Person, bob: Person, cat: Person) -> None:
    post, other = bob.writes("One"), bob.writes("Two")
    for who in (ada, cat):
        for target in ({"post_id": post["id"]}, {"post_id": other["id"]}, {"username": "bob"}):
            assert report(who, **target).status_code == 201

    assert sorted(case.reports.count() for case in Case.objects.all()) == [2, 2, 2]


def test_the_same_target_is_reported_once_until_it_is_decided(ada: Person, bob: Person) -> None:
    first = report(ada, username="bob").json()
    assert (report(ada, username="bob").status_code, report(ada, username="bob").json()["code"]) == (
        409,
        "already_reported",
    )
    assert Report.objects.count() == 1

    decided(bob, "dismiss")

    assert ada.get(f"{PATH}/{first['id']}").json()["state"] == "closed"
    assert report(ada, username="bob").status_code == 201
    assert Case.objects.count() == 2


def test_a_case_that_was_opened_again_takes_reports_again(ada: Person, bob: Person, cat: Person) -> None:
    report(ada, username="bob")
    taken_back(decided(bob, "dismiss"), reopen=True)

    assert report(cat, username="bob").status_code == 201

    assert Case.objects.get().reports.count() == 2


def test_what_one_may_not_see_cannot_be_reported(ada: Person, bob: Person, cat: Person) -> None:
    secret = bob.writes("For friends", visibility="followers")
    hidden = bob.writes("Hidden")
    decided(bob, "hide_post", hidden)
    cat.put("/api/v1/profiles/ada/block")

    answers = [
        report(ada, post_id=secret["id"]),
        report(ada, post_id=hidden["id"]),
        report(ada, post_id=str(new_id())),
        report(ada, username="cat"),
        report(ada, username="nobody_here"),
    ]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, "not_found")}
    assert not Report.objects.exists()


def test_nobody_reports_themselves(ada: Person) -> None:
    for target in ({"username": "ada"}, {"post_id": ada.writes("Mine")["id"]}):
        assert report(ada, **target).json()["code"] == "cannot_report_self"
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"reason": "spam"},
        {"username": "bob", "post_id": "1", "reason": "spam"},
        {"username": "bob"},
        {"username": "bob", "reason": "boredom"},
        {"username": "bob", "reason": ["spam"]},
        {"username": 5, "reason": "spam"},
        {"post_id": 5, "reason": "spam"},
        {"post_id": "0", "reason": "spam"},
        {"username": "bob", "reason": "spam", "comment": "x" * 2_001},
        {"username": "bob", "reason": "spam", "comment": "\u202e"},
        {"username": "bob", "reason": "spam", "comment": None},
        {"username": "bob", "reason": "spam", "reporter": "cat"},
    ],
)
def test_a_report_that_makes_no_sense_is_refused(body: Any, ada: Person, bob: Person) -> None:
    answer = ada.post(PATH, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert not Case.objects.exists()


def test_a_report_is_its_reporters_alone(ada: Person, bob: Person, cat: Person) -> None:
    made = report(ada, username="bob").json()

    for other in (bob, cat):
        assert other.get(f"{PATH}/{made['id']}").status_code == 404
    assert Visitor().get(f"{PATH}/{made['id']}").status_code == 401


def test_whoever_is_reported_never_learns_by_whom(ada: Person, bob: Person) -> None:
    post = bob.writes("Buy this")
    report(ada, post_id=post["id"], comment="From Ada")
    decision = decided(bob, "hide_post", post)

    told = [bob.get(path).content.decode() for path in ("/api/v1/decisions", f"/api/v1/decisions/{decision.id}")]

    assert not any("ada" in one.lower() or str(ada.id) in one for one in told)


def test_of_what_was_dismissed_nothing_is_told(ada: Person, bob: Person) -> None:
    report(ada, username="bob")

    dismissed = decided(bob, "dismiss")

    assert bob.get("/api/v1/decisions").json()["results"] == []
    assert bob.get(f"/api/v1/decisions/{dismissed.id}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_many_who_report_at_once_make_one_case(person: Any) -> None:
    bob = person("bob")
    people = [person(f"person_{number}") for number in range(12)]

    statuses = at_once(lambda number: report(people[number % 6], username="bob").status_code, 12)

    assert sorted(statuses) == [201] * 6 + [409] * 6
    assert (Case.objects.get().profile_id, Report.objects.count()) == (bob.id, 6)


@pytest.mark.django_db(transaction=True)
def test_reports_and_a_decision_at_once_lose_no_report(person: Any) -> None:
    bob = person("bob")
    people = [person(f"person_{number}") for number in range(8)]
    assert report(people[0], username="bob").status_code == 201

    def work(number: int) -> int:
        if number == 4:
            return int(bool(decided(bob, "dismiss").id))
        return int(report(people[number], username="bob").status_code)

    at_once(work, 8)

    assert Report.objects.count() == 7
    assert Case.objects.filter(closed_at__isnull=False).count() == 1
    assert Case.objects.filter(closed_at=None).count() <= 1


def test_a_second_report_of_a_key_is_the_first(ada: Person, bob: Person) -> None:
    key = {"Idempotency-Key": "one"}

    answers = [ada.post(PATH, {"username": "bob", "reason": "spam"}, headers=key) for _ in range(2)]

    assert [one.status_code for one in answers] == [201, 201]
    assert json.loads(answers[0].content) == json.loads(answers[1].content)
    assert Report.objects.count() == 1
