"""Others' texts name an erased person no more, and say all the rest as before."""

import pytest
from django.db import connection

from posts_project.drafts.models import Draft, ScheduledPost
from posts_project.idempotency.models import Answer
from posts_project.posts.models import Post, PostVersion
from posts_project.profiles.services import apply
from posts_project.worker import blotting
from tests.posts.conftest import JobRunner
from tests.posts.people import Person


def test_a_mention_becomes_a_blot_and_everything_else_stays(ada: Person, bob: Person, cat: Person, jobs: JobRunner):
    post = bob.writes("Dear @Ada, @ada_2 and #tag @cat: ada is @ada")

    erase(ada, jobs)

    after = bob.get(f"/api/v1/posts/{post['id']}").json()
    assert after["text"] == "Dear @•••, @ada_2 and #tag @cat: ada is @•••"
    assert [mention["username"] for mention in after["mentions"]] == ["cat"]
    assert after["mentions"] == [one for one in post["mentions"] if one["username"] == "cat"]
    assert (after["tags"], after["edited_at"]) == (post["tags"], None)


def test_earlier_versions_drafts_and_scheduled_posts_name_them_no_more(ada: Person, bob: Person, jobs: JobRunner):
    post = bob.writes("Was @ada")
    bob.patch(f"/api/v1/posts/{post['id']}", {"text": "Is nobody"})
    bob.post("/api/v1/drafts", {"text": "To @ada", "spoiler_text": "@ada"})
    bob.post("/api/v1/posts", {"text": "For @ada", "scheduled_at": "2027-06-01T00:00:00Z"})

    erase(ada, jobs)

    assert PostVersion.objects.get().text == "Was @•••"
    draft = Draft.objects.get().post
    assert (draft["text"], draft["spoiler_text"]) == ("To @•••", "@•••")
    assert ScheduledPost.objects.get().post["text"] == "For @•••"


def test_kept_answers_to_others_are_blotted_and_still_there(ada: Person, bob: Person, jobs: JobRunner):
    bob.put("/api/v1/profiles/ada/follow", headers={"Idempotency-Key": "a"})
    answer = Answer.objects.get()
    assert str(ada.id) in bytes(answer.body).decode()

    erase(ada, jobs)

    answer.refresh_from_db()
    assert str(ada.id) not in bytes(answer.body).decode()
    assert '"username":"•••"' in bytes(answer.body).decode()


def test_pages_are_walked_through_to_their_end(ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch):
    for number in range(5):
        bob.writes(f"@ada {number}")
    monkeypatch.setattr(blotting, "PAGE_ROWS", 2)

    blotting.blot_out(profile_id=ada.id, username="ada")
    blotting.blot_out(profile_id=ada.id, username="ada")

    assert sorted(Post.objects.values_list("text", flat=True)) == [f"@••• {number}" for number in range(5)]


def test_no_table_has_the_name_and_no_job(ada: Person, bob: Person, jobs: JobRunner):
    bob.writes("@ada")

    erase(ada, jobs)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args::text LIKE '%%ada%%'")
        assert cursor.fetchone() == (0,)


def erase(person: Person, jobs: JobRunner) -> None:
    apply.erase(person.id, version=2)
    assert "worker.purge_profile" in jobs.run()
