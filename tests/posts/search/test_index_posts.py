"""The command that lets posts be found that were written before there was a search."""

from io import StringIO
from typing import Any

from django.core.management import call_command

from posts_project.posts.models import PostWords
from posts_project.posts.services import indexing
from tests.posts.people import Person, Visitor
from tests.posts.search.test_posts import search


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("index_posts", *arguments, stdout=out)
    return out.getvalue().strip()


def test_posts_without_words_get_them_and_others_are_passed_over(ada: Person, anyone: Visitor) -> None:
    posts = [ada.writes(f"word {n}")["id"] for n in range(5)]
    PostWords.objects.filter(post_id__in=posts[:3]).delete()
    PostWords.objects.filter(post_id=posts[4]).update(words="")

    assert told("--dry-run") == "3 posts would be indexed."
    assert search(anyone, "word") == [posts[3]]
    assert told() == "3 posts indexed."
    assert search(anyone, "word") == posts[3::-1]
    assert told() == "0 posts indexed."
    assert told("--again", "--before", posts[3], "--dry-run") == "3 posts would be indexed."
    assert told("--again") == "5 posts indexed."
    assert search(anyone, "word") == posts[::-1]


def test_batches_go_from_the_newest_to_the_oldest(ada: Person, monkeypatch: Any) -> None:
    posts = [int(ada.writes("word")["id"]) for _ in range(5)]
    monkeypatch.setattr(indexing, "BATCH", 2)
    PostWords.objects.all().delete()

    found = [ids for ids in indexing.batches() if indexing.index(ids)]

    assert found == [posts[:2:-1], posts[2:0:-1], posts[:1]]


def test_words_of_posts_that_are_gone_go(ada: Person) -> None:
    post = ada.writes("word")["id"]
    PostWords.objects.create(post_id=9, words="word")

    told()

    assert list(PostWords.objects.values_list("post_id", flat=True)) == [int(post)]
