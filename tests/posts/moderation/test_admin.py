"""The moderators' desk: for moderators alone, changed by POST alone, in a constant number of queries."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from posts_project.moderation.models import Appeal, AuditEntry, Case, Decision
from posts_project.moderation.services import appeals
from posts_project.posts.models import Post
from posts_project.profiles.models import Profile
from posts_project.staff import roles
from posts_project.staff.models import StaffUser
from tests.posts.moderation.deciding import case_about, decided
from tests.posts.people import Person
from tests.posts.staff.test_admin import HOSTILE

pytestmark = pytest.mark.django_db

PAGES = ["case", "decision", "appeal", "auditentry"]
CASES = "/admin/moderation/case/"


def signed_in(username: str, **values: Any) -> Client:
    member = StaffUser.objects.create(username=username, is_staff=True, **values)
    client = Client()
    client.force_login(member, backend="posts_project.staff.backends.AuthServiceBackend")
    return client


@pytest.fixture
def desk() -> Client:
    """A moderator's."""
    client = signed_in("grace@auth")
    roles.appoint(StaffUser.objects.get(username="grace@auth"))
    return client


def grace() -> StaffUser:
    return StaffUser.objects.get(username="grace@auth")


def reported(who: Person, post: dict[str, Any], reason: str = "spam", comment: str = "") -> Case:
    answer = who.post("/api/v1/reports", {"post_id": post["id"], "reason": reason, "comment": comment})
    assert answer.status_code == 201, answer.content
    return Case.objects.get(post_id=post["id"], closed_at=None)


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_only_moderators_and_superusers_see_it(desk: Client, ada: Person, bob: Person) -> None:
    case = reported(ada, bob.writes("Buy"))
    staff, chief = signed_in("sam@auth"), signed_in("chief@auth", is_superuser=True)

    for page in PAGES:
        path = f"/admin/moderation/{page}/"
        assert [client.get(path).status_code for client in (desk, chief, staff)] == [200, 200, 403], page
        assert desk.get(f"{path}add/").status_code == 403
    assert staff.get(f"{CASES}{case.id}/change/").status_code == 403
    assert staff.post(f"{CASES}{case.id}/decide/", {"kind": "dismiss", "reason": "spam"}).status_code == 404
    assert Client().get(CASES).status_code == 302
    assert b"moderation" not in staff.get("/admin/").content.lower()
    assert Decision.objects.count() == 0


def test_a_superuser_appoints_moderators_and_releases_them(desk: Client) -> None:
    chief, sam = (
        signed_in("chief@auth", is_superuser=True),
        StaffUser.objects.create(username="sam@auth", is_staff=True),
    )
    chosen = {"_selected_action": [str(sam.id)]}

    assert chief.get("/admin/staff/staffuser/").status_code == 200
    desk.post("/admin/staff/staffuser/", {"action": "appoint", **chosen})
    assert not sam.groups.exists()
    chief.post("/admin/staff/staffuser/", {"action": "appoint", **chosen})
    assert StaffUser.objects.get(id=sam.id).has_perm("moderation.decide")
    chief.post("/admin/staff/staffuser/", {"action": "release", **chosen})
    assert not StaffUser.objects.get(id=sam.id).has_perm("moderation.decide")
    assert LogEntry.objects.filter(object_id=str(sam.id)).count() == 2


def test_the_queue_shows_open_cases_first_with_their_reports(
    desk: Client, ada: Person, bob: Person, cat: Person
) -> None:
    old, new = bob.writes("Old offer"), bob.writes("New offer")
    for who in (ada, cat):
        reported(who, old, "abuse" if who is ada else "spam")
    decided(bob, "dismiss", new)

    page = desk.get(CASES).content.decode()

    assert page.index("Old offer") < page.index("New offer")
    assert "abuse, spam" in page
    assert desk.get(f"{CASES}?closed_at__isempty=1").content.decode().count("offer") == 1


@pytest.mark.parametrize("count", [1, 12])
def test_the_queue_is_a_constant_number_of_queries(
    count: int, desk: Client, ada: Person, bob: Person, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        reported(ada, bob.writes(f"Post {number}"))
    desk.get(CASES)

    with django_assert_num_queries(6):
        desk.get(CASES)


def test_a_case_shows_all_that_is_to_be_known(desk: Client, ada: Person, bob: Person, cat: Person) -> None:
    post = bob.writes("Buy this")
    case = reported(ada, post, comment="Again")
    reported(cat, post, "abuse")
    bob.patch(f"/api/v1/posts/{post['id']}", {"text": "Innocent"})
    decided(bob, "warn", text="Be kind.")

    page = desk.get(f"{CASES}{case.id}/change/").content.decode()

    for text in ("Buy this", "Innocent", "It was changed since", "@ada", "Again", "@cat", "Be kind.", "Undo"):
        assert text in page, text


@pytest.mark.parametrize(
    ("kind", "effect"),
    [
        ("hide_post", lambda post: post.hidden_at is not None),
        ("limit", lambda post: post.author.is_limited),
        ("suspend", lambda post: post.author.told_state is not None),
    ],
)
def test_a_case_is_decided_with_one_click_and_undone(
    kind: str, effect: Any, desk: Client, ada: Person, bob: Person
) -> None:
    post = bob.writes("Buy")
    case = reported(ada, post)

    def is_in_force() -> bool:
        return bool(effect(Post.objects.select_related("author").get(id=post["id"])))

    answer = desk.post(f"{CASES}{case.id}/decide/", {"kind": kind, "reason": "spam"}, follow=True)

    assert said(answer) == [f"Decided: {Decision.objects.get().get_kind_display()}. It can be undone below."]
    decision = Decision.objects.get()
    assert (decision.kind, decision.staff) == (kind, grace())
    assert decision.text == "This is advertising or repetition that nobody asked for."
    assert is_in_force()

    answer = desk.post(f"{CASES}{case.id}/undo/", {"decision": str(decision.id)}, follow=True)

    assert said(answer) == ["Undone."]
    assert not is_in_force()
    assert Case.objects.get().closed_at is None


def test_of_two_moderators_the_second_is_told(desk: Client, ada: Person, bob: Person) -> None:
    case = reported(ada, bob.writes("Buy"))
    decided(bob, "dismiss", {"id": str(case.post_id)})

    answer = desk.post(f"{CASES}{case.id}/decide/", {"kind": "suspend", "reason": "spam"}, follow=True)

    assert said(answer) == ["Somebody else has decided this case"]
    assert Profile.objects.get(id=bob.id).state == "active"


@pytest.mark.parametrize(
    "entered",
    [
        {},
        {"kind": "hide_post"},
        {"kind": "erase", "reason": "spam"},
        {"kind": "suspend", "reason": "boredom"},
        {"kind": "suspend", "reason": "spam", "until": "2001-01-01T00:00"},
        {"kind": "suspend", "reason": "spam", "until": "soon"},
        {"kind": "warn", "reason": "spam", "text": "x" * 2_001},
        {"kind": "warn", "reason": "spam", "text": "a\x00b"},
    ],
)
def test_what_cannot_be_meant_changes_nothing(entered: Any, desk: Client, ada: Person, bob: Person) -> None:
    case = reported(ada, bob.writes("Buy"))

    answer = desk.post(f"{CASES}{case.id}/decide/", entered, follow=True)

    assert answer.status_code in (200, 400)
    assert Decision.objects.count() == 0


@pytest.mark.parametrize("object_id", ["0", "1", "x", str(2**64), "%27", "1%00"])
def test_a_case_that_is_none_is_no_fault(object_id: str, desk: Client) -> None:
    for step in ("decide", "undo"):
        answer = desk.post(f"{CASES}{object_id}/{step}/", {"kind": "dismiss", "reason": "spam"})
        assert answer.status_code in (302, 400, 404)
    assert desk.get(f"{CASES}{object_id}/change/").status_code in (302, 400, 404)


def test_nothing_changes_by_get(desk: Client, ada: Person, bob: Person) -> None:
    case = reported(ada, bob.writes("Buy"))
    decision = decided(bob, "warn")
    appeals.appeal(decision_id=decision.id, profile_id=bob.id, text="x", now=timezone.now())

    for path in (
        f"case/{case.id}/decide/", f"case/{case.id}/undo/", f"decision/{decision.id}/undo/",
        f"appeal/{decision.id}/answer/",
    ):  # fmt: skip
        assert desk.get(f"/admin/moderation/{path}").status_code == 405
    assert desk.get(f"{CASES}open-case/").status_code == 200
    assert Decision.objects.count() == 1


def test_a_form_of_another_site_changes_nothing(ada: Person, bob: Person, desk: Client) -> None:
    case = reported(ada, bob.writes("Buy"))
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(grace(), backend="posts_project.staff.backends.AuthServiceBackend")

    answer = careful.post(f"{CASES}{case.id}/decide/", {"kind": "suspend", "reason": "spam"})

    assert answer.status_code == 403
    assert Decision.objects.count() == 0


def test_many_cases_are_dismissed_or_hidden_at_once(desk: Client, ada: Person, bob: Person) -> None:
    first, second, third = (reported(ada, bob.writes(text), "abuse") for text in ("One", "Two", "Three"))

    desk.post(CASES, {"action": "dismiss", "_selected_action": [str(first.id), str(second.id)]})
    desk.post(CASES, {"action": "hide", "_selected_action": [str(second.id), str(third.id)]})

    kinds = list(Decision.objects.order_by("case_id").values_list("kind", "reason"))
    assert kinds == [("dismiss", "abuse"), ("dismiss", "abuse"), ("hide_post", "abuse")]


def test_a_case_is_opened_about_what_nobody_reported(desk: Client, bob: Person) -> None:
    post = bob.writes("Hm")
    for target in (post["id"], "@bob", "BOB"):
        answer = desk.post(f"{CASES}open-case/", {"target": target})
        assert answer.status_code == 302, target
    for target in ("nobody", "", "0", "'", "x" * 200):
        assert desk.post(f"{CASES}open-case/", {"target": target}).status_code == 200

    assert sorted(Case.objects.values_list("post_id", flat=True), key=str) == [int(post["id"]), None]
    of_post = Case.objects.get(post_id__isnull=False)
    assert desk.get(f"{CASES}{of_post.id}/about-the-person/").status_code == 200
    assert desk.post(f"{CASES}{of_post.id}/about-the-person/").status_code == 302


def test_appeals_are_answered(desk: Client, ada: Person, bob: Person) -> None:
    post = bob.writes("A joke")
    decision = decided(bob, "hide_post", post)
    bob.post("/api/v1/appeals", {"decision_id": str(decision.id), "text": "It was a joke"})
    path = f"/admin/moderation/appeal/{decision.id}"

    assert "It was a joke" in desk.get(f"{path}/change/").content.decode()
    answer = desk.post(f"{path}/answer/", {"outcome": "accepted", "text": "So it was."}, follow=True)

    assert said(answer) == ["The appeal is accepted."]
    assert (Appeal.objects.get().answer, Appeal.objects.get().staff) == ("So it was.", grace())
    assert ada.get(f"/api/v1/posts/{post['id']}").status_code == 200
    again = desk.post(f"{path}/answer/", {"outcome": "rejected"}, follow=True)
    assert said(again) == ["Somebody else has answered this appeal"]
    assert said(desk.post(f"{path}/answer/", {"outcome": "perhaps"}, follow=True))[0].startswith("outcome:")


def test_an_appeal_by_letter_is_recorded(desk: Client, bob: Person) -> None:
    decision = decided(bob, "suspend")
    path = f"/admin/moderation/decision/{decision.id}"

    assert desk.get(f"{path}/record-appeal/").status_code == 200
    assert desk.post(f"{path}/record-appeal/", {"text": "Dear all"}).status_code == 302
    again = desk.post(f"{path}/record-appeal/", {"text": "Again"}, follow=True)

    assert said(again) == ["There is an appeal against this decision"]
    assert Appeal.objects.get().text == "Dear all"
    assert said(desk.post(f"{path}/undo/", follow=True)) == ["Undone."]
    assert Profile.objects.get(id=bob.id).state == "active"


def test_the_audit_is_found_by_person_and_case(desk: Client, ada: Person, bob: Person) -> None:
    decided(bob, "warn"), decided(ada, "limit")
    of_bob = Case.objects.get(profile_id=bob.id)
    path = "/admin/moderation/auditentry/"

    for term in ("bob", "@bob", str(bob.id), str(of_bob.id)):
        page = desk.get(f"{path}?q={term}").content.decode()
        assert ("warn" in page, "limit" in page) == (True, False), term
    entry = AuditEntry.objects.first()
    assert entry is not None
    assert desk.get(f"{path}{entry.id}/change/").status_code == 200
    assert desk.post(f"{path}{entry.id}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("query", ["?q=bob", "?q=@bob", "?q=1", "?q=%27%25_", f"?q={2**63}", "?p=2", "?q=zzz"])
@pytest.mark.parametrize("page", PAGES)
def test_lists_can_be_searched(page: str, query: str, desk: Client, bob: Person) -> None:
    decision = decided(bob, "warn")
    appeals.appeal(decision_id=decision.id, profile_id=bob.id, text="x", now=timezone.now())

    assert desk.get(f"/admin/moderation/{page}/{query}").status_code in (200, 302)


def test_hostile_data_stays_data(desk: Client, ada: Person, person: Any) -> None:
    eve = person("eve", display_name=HOSTILE)
    post = eve.writes(HOSTILE, spoiler_text=HOSTILE)
    case = reported(ada, post, comment=HOSTILE)
    eve.patch(f"/api/v1/posts/{post['id']}", {"text": HOSTILE + "!"})
    decision = decided(eve, "warn", text=HOSTILE)
    eve.post("/api/v1/appeals", {"decision_id": str(decision.id), "text": HOSTILE})

    pages = [desk.get(f"/admin/moderation/{page}/") for page in PAGES]
    pages += [
        desk.get(f"{CASES}{case.id}/change/"),
        desk.get(f"/admin/moderation/decision/{decision.id}/change/"),
        desk.get(f"/admin/moderation/appeal/{decision.id}/change/"),
        desk.post(f"{CASES}open-case/", {"target": HOSTILE}),
    ]

    for page in pages:
        assert page.status_code == 200
        assert b"<script>alert(1)" not in page.content
        assert b"<img src=x" not in page.content


def test_who_has_left_is_not_named(desk: Client, ada: Person, bob: Person) -> None:
    case = case_about(bob)
    ada.post("/api/v1/reports", {"username": "bob", "reason": "spam", "comment": "Mine"})
    case.reports.update(reporter=None, comment="")

    assert "somebody who has left" in desk.get(f"{CASES}{case.id}/change/").content.decode()
