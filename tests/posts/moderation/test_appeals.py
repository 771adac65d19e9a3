"""Appeals: once, against decisions about oneself; accepted they take the decision back, rejected they are answered."""

from typing import Any

import pytest
from django.utils import timezone

from posts_project.moderation.models import Appeal, AuditEntry, Decision, Outcome
from posts_project.moderation.services import appeals
from posts_project.moderation.services.appeals import AlreadyAnswered
from posts_project.staff.models import StaffUser
from posts_project.worker.subscriptions import SUBSCRIBERS
from shared.problems import NotFound, PermissionDenied
from shared.snowflakes import new_id
from tests.posts.moderation.deciding import decided, moderator, taken_back
from tests.posts.parallel import at_once
from tests.posts.people import Person

PATH = "/api/v1/appeals"


def appeal(who: Person, decision: Decision | int, text: str = "It was a joke") -> Any:
    number = decision if isinstance(decision, int) else decision.id
    return who.post(PATH, {"decision_id": str(number), "text": text})


def answer(decision: Decision, outcome: str, text: str = "We looked again.", by: StaffUser | None = None) -> None:
    appeals.answer(decision_id=decision.id, outcome=outcome, text=text, staff=by or moderator(), now=timezone.now())


def test_an_appeal_is_made_once(bob: Person) -> None:
    decision = decided(bob, "warn")

    made = appeal(bob, decision)

    assert made.status_code == 201
    assert made.headers["Location"] == f"/api/v1/decisions/{decision.id}"
    assert made.json() == bob.get("/api/v1/decisions").json()["results"][0]
    assert made.json()["appeal"] == {
        "text": "It was a joke",
        "state": "open",
        "answer": "",
        "created_at": made.json()["appeal"]["created_at"],
        "answered_at": None,
    }
    again = appeal(bob, decision, "Really")
    assert (again.status_code, again.json()["code"]) == (409, "already_appealed")
    assert Appeal.objects.get().text == "It was a joke"


def test_only_against_what_is_about_oneself(ada: Person, bob: Person) -> None:
    answers = [
        appeal(ada, decided(bob, "warn")),
        appeal(bob, decided(bob, "dismiss")),
        appeal(bob, new_id()),
    ]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, "not_found")}
    assert not Appeal.objects.exists()


def test_not_against_what_was_taken_back(bob: Person) -> None:
    decision = decided(bob, "warn")
    taken_back(decision)

    assert appeal(bob, decision).json()["code"] == "decision_reversed"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decision_id": "1"},
        {"text": "x"},
        {"decision_id": "1", "text": ""},
        {"decision_id": "1", "text": " "},
        {"decision_id": 1, "text": "x"},
        {"decision_id": "-1", "text": "x"},
        {"decision_id": "1", "text": "x" * 2_001},
        {"decision_id": "1", "text": "\x07"},
        {"decision_id": "1", "text": "x", "outcome": "accepted"},
    ],
)
def test_an_appeal_that_makes_no_sense_is_refused(body: Any, bob: Person) -> None:
    answer = bob.post(PATH, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def test_an_accepted_appeal_takes_the_decision_back(ada: Person, bob: Person) -> None:
    post = bob.writes("A joke")
    decision = decided(bob, "hide_post", post)
    appeal(bob, decision)

    answer(decision, Outcome.ACCEPTED)

    assert ada.get(f"/api/v1/posts/{post['id']}").status_code == 200
    told = bob.get(f"/api/v1/decisions/{decision.id}").json()
    assert (told["reversed_by"], told["appeal"]["state"], told["appeal"]["answer"]) == (
        "appeal",
        "accepted",
        "We looked again.",
    )
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "case.opened",
        "decision.made",
        "appeal.accepted",
        "decision.reversed",
    ]


def test_a_rejected_appeal_leaves_it_and_tells(ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    facts: list[Any] = []
    monkeypatch.setitem(SUBSCRIBERS, "appeal.rejected", [facts.append])
    post = bob.writes("No joke")
    decision = decided(bob, "hide_post", post)
    appeal(bob, decision)

    answer(decision, Outcome.REJECTED)

    assert ada.get(f"/api/v1/posts/{post['id']}").status_code == 404
    told = bob.get(f"/api/v1/decisions/{decision.id}").json()
    assert (told["reversed_at"], told["appeal"]["state"]) == (None, "rejected")
    assert [vars(fact) for fact in facts] == [
        {"profile_id": bob.id, "decision_id": decision.id, "post_id": int(post["id"])}
    ]


def test_an_appeal_is_answered_once_and_not_by_whom_it_concerns(bob: Person) -> None:
    decision = decided(bob, "warn")
    appeal(bob, decision)
    with pytest.raises(PermissionDenied):
        answer(decision, Outcome.ACCEPTED, by=StaffUser.objects.create(id=bob.id, username="bob@auth"))
    answer(decision, Outcome.REJECTED)

    with pytest.raises(AlreadyAnswered):
        answer(decision, Outcome.ACCEPTED)

    assert Appeal.objects.get().outcome == "rejected"
    with pytest.raises(NotFound):
        answer(Decision(id=5), Outcome.ACCEPTED)


@pytest.mark.django_db(transaction=True)
def test_of_many_appeals_and_answers_at_once_one_counts(person: Any) -> None:
    bob = person("bob")
    decision = decided(bob, "limit")
    assert sorted(at_once(lambda _: int(appeal(bob, decision).status_code), 6)) == [201] + [409] * 5

    def reply(number: int) -> int:
        try:
            answer(decision, Outcome.ACCEPTED if number % 2 else Outcome.REJECTED)
        except AlreadyAnswered:
            return 409
        return 200

    assert sorted(at_once(reply, 6)) == [200] + [409] * 5
    accepted = Appeal.objects.get().outcome == "accepted"
    assert hasattr(Decision.objects.get(), "reversal") is accepted


def test_one_that_came_by_letter_is_written_down(bob: Person) -> None:
    decision = decided(bob, "suspend")

    appeals.appeal(decision_id=decision.id, profile_id=bob.id, text="Dear all", now=timezone.now(), staff=moderator())
    answer(decision, Outcome.ACCEPTED)

    assert bob.get("/api/v1/profiles/bob").status_code == 200
    assert AuditEntry.objects.filter(action="appeal.recorded").count() == 1
