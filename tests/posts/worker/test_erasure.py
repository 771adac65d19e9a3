"""What the purge of an erased person leaves: their blank profile, which keeps their id from coming back."""

from django.apps import apps
from django.db import models

from posts_project.profiles.models import Profile
from posts_project.profiles.services import apply
from posts_project.worker import erasure
from tests.posts.conftest import JobRunner
from tests.posts.lists.test_lists import makes
from tests.posts.people import Person


def test_nothing_refers_to_an_erased_person_any_more(ada: Person, bob: Person, cat: Person, jobs: JobRunner) -> None:
    post = bob.writes("Hello @ada")
    ada.writes("#Hello @bob", in_reply_to=post["id"])
    for mark in ("like", "repost", "bookmark", "mute"):
        ada.put(f"/api/v1/posts/{post['id']}/{mark}")
    for one, other in ((ada, bob), (bob, ada)):
        one.follows(other)
        one.put(f"/api/v1/profiles/{other.username}/mute")
        one.put(f"/api/v1/lists/{makes(one)}/members/{other.username}")
        one.post("/api/v1/filters", {"phrase": "x"})
    ada.put("/api/v1/profiles/cat/block")
    cat.put("/api/v1/profiles/ada/block")
    assert {"follow", "block", "mute", "filter", "feed_list", "list_member", "mark", "mention", "post"} <= traces(ada)

    apply.erase(ada.id, version=2)
    assert jobs.run() == ["worker.purge_profile"]

    # Its share of counts goes with the profile itself.
    assert traces(ada) - {"profile_count"} == set()
    assert {"mark", "mute", "block", "follow"}.isdisjoint(traces(bob) | traces(cat))
    assert {"post", "filter", "feed_list"} <= traces(bob)
    erasure.purge_profile(ada.id)


def traces(someone: Person) -> set[str]:
    """Tables in which a row refers to somebody's profile."""
    found = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            is_reference = isinstance(field, models.ForeignKey) and field.related_model is Profile
            if is_reference and model.objects.filter(**{field.attname: someone.id}).exists():
                found.add(model._meta.db_table)
    return found
