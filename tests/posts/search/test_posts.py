"""Posts found by what they say: by whom, in which order, page by page."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone

from posts_project import sql
from posts_project.posts import epochs
from posts_project.posts.models import Post, PostWords
from posts_project.posts.services import contents
from posts_project.search import posts
from posts_project.search.query import parse
from shared.snowflakes import least_id_at
from tests.posts.people import Person, Visitor


def search(viewer: Visitor, text: str, **more: Any) -> list[str]:
    """Ids of a page."""
    return ids(page(viewer, text, **more))


def page(viewer: Visitor, text: str, **more: Any) -> dict[str, Any]:
    query = "".join(f"&{name}={value}" for name, value in more.items())
    response = viewer.get(f"/api/v1/search?q={quote(text)}{query}")
    assert response.status_code == 200, response.content
    return response.json()


def ids(answer: dict[str, Any]) -> list[str]:
    return [post["id"] for post in answer["results"]]


def test_what_is_found_are_posts_as_everywhere_newest_first(ada: Person, bob: Person, anyone: Visitor) -> None:
    old, new = ada.writes("It rains"), bob.writes("RAINS, again!")
    bob.writes("Sun")

    assert page(anyone, "rains") == {
        "results": [anyone.get(f"/api/v1/posts/{post['id']}").json() for post in (new, old)],
        "next": None,
        "previous": None,
    }
    assert page(anyone, "rains", type="posts") == page(anyone, "rains")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("quick fox", "ab"),
        ("fox quick", "ab"),
        ('"quick fox"', "a"),
        ('"fox quick"', ""),
        ('"fox is quick"', "b"),
        ("quick-fox", "a"),
        ("quick -slow", "b"),
        ('quick -"quick fox"', "b"),
        ("qui*", "ab"),
        ("qu*", ""),
        ("fo*", ""),
        ("QUICK*", "ab"),
        ("quick*fox", "a"),
        ("from:ada quick", "a"),
        ("from:@Ada", "ac"),
        ("from:ada from:bob quick", "ab"),
        ("-from:ada quick", "b"),
        ("from:nobody quick", ""),
        ("tag:Zoo", "a"),
        ("tag:#zoo quick", "a"),
        ("-tag:zoo quick", "b"),
        ("#zoo", "a"),
        ("after:2024-01-01 quick", "ab"),
        ("before:2024-01-01 quick", ""),
        ("before:2024-01-01", ""),
        ("-slow", ""),
        ("from:a! b", ""),
        ("option", "c"),
        ("warning", "c"),
        ("warning which", ""),
        ("x quick", ""),
        ("%", ""),
        ("qu_ck", ""),
        ("quick%", "ab"),
        ("'quick' & !fox | (", "ab"),
        ("quick:*", "ab"),
        ("-", ""),
        ('""', ""),
        ('"quick', "ab"),
    ],
)
def test_a_query_is_read_as_the_page_says(query: str, found: str, ada: Person, bob: Person, anyone: Visitor) -> None:
    written = {
        "a": ada.writes("A quick fox, a slow one #zoo")["id"],
        "b": bob.writes("The fox is quick")["id"],
        "c": ada.writes("Poll?", spoiler_text="warning", poll={"options": ["option", "none"], "expires_in": 300})["id"],
    }

    assert sorted(search(anyone, query)) == sorted(written[name] for name in found)


def test_days_bound_what_is_found(ada: Person, anyone: Visitor) -> None:
    post = ada.writes("Hello")["id"]
    today = timezone.now().date()
    tomorrow, yesterday = today + timedelta(days=1), today - timedelta(days=1)

    assert search(anyone, f"hello after:{today} before:{tomorrow}") == [post]
    assert search(anyone, f"hello after:{yesterday} after:{tomorrow}") == []
    assert search(anyone, f"hello before:{today}") == []
    assert search(anyone, "hello after:2026-13-01") == search(anyone, f"hello before:{yesterday}x") == []


@pytest.mark.parametrize(
    ("text", "queries"),
    [
        ("Über Straßen in Łódź", ["uber", "STRASSEN", "straßen", "lodz", "ÜBER"]),
        ("我喜欢猫", ["猫", "喜欢", "我喜欢猫"]),
        ("東京タワーへ", ["東京", "ﾀﾜｰ", "タワー"]),
        ("สวัสดีครับ", ["สวัสดี", "ครับ"]),
        ("हिन्दी में", ["हिन्दी"]),
        ("שָׁלוֹם", ["שלום"]),
        ("안녕하세요 여러분", ["여러분", "안녕하*"]),
        ("Ёлка", ["елка"]),
        ("I ❤️ you 👍🏽", ["❤", "👍", "I ❤️ you"]),
        ("ﬁne ＷＩＤＥ e\u0301te\u0301", ["fine", "wide", "ete", "été"]),
        ("don't", ["don't", "DON’T"]),
        ("see example.org/a_b?c=d", ["example.org", "a_b"]),
    ],
)
def test_words_of_all_scripts_are_found(text: str, queries: list[str], ada: Person, anyone: Visitor) -> None:
    post = ada.writes(text)["id"]
    ada.writes("猫ではない かなた हन्द something else 好")

    assert {query: search(anyone, query) for query in queries if query != "猫"} == {
        query: [post] for query in queries if query != "猫"
    }


def test_marks_that_make_other_words_do_make_a_difference(ada: Person, anyone: Visitor) -> None:
    ada.writes("がか हिन्दी")

    assert search(anyone, "かが") == search(anyone, "हन्द") == search(anyone, "かか") == []


def test_only_public_posts_are_found_and_all_of_ones_own(
    person: Callable[..., Person], ada: Person, bob: Person, cat: Person, anyone: Visitor
) -> None:
    shy = person("shy", is_private=True)
    bob.follows(ada)
    bob.follows(shy)
    shy.put("/api/v1/follow-requests/bob/accept")
    public, *others = [
        ada.writes("word @bob", visibility=visibility)["id"]
        for visibility in ("public", "unlisted", "followers", "mentioned")
    ]
    shys = shy.writes("word", visibility="public")["id"]

    assert search(bob, "word") == search(anyone, "word") == search(cat, "word") == [public]
    assert search(ada, "word") == [*others[::-1], public]
    assert search(shy, "word") == [shys, public]
    assert search(bob, "from:shy") == search(bob, "word from:shy") == []

    ada.put("/api/v1/profiles/cat/block")
    bob.put("/api/v1/profiles/ada/mute")
    assert (search(cat, "word"), search(bob, "word"), search(anyone, "word")) == ([], [], [public])
    shy.becomes(is_private=False)
    ada.becomes(state="suspended")
    assert search(anyone, "word") == [shys]


def test_filters_hide_and_warn(ada: Person, bob: Person) -> None:
    hidden, warned = (ada.writes(f"word {phrase}")["id"] for phrase in ("gore", "ending"))
    bob.post("/api/v1/filters", {"phrase": "gore", "action": "hide"})
    bob.post("/api/v1/filters", {"phrase": "ending", "action": "warn"})

    (found,) = page(bob, "word")["results"]

    assert (found["id"], found["viewer"]["filtered"]) == (warned, ["ending"])
    assert search(ada, "word") == [warned, hidden]


def test_edits_deletions_and_changed_visibility_hold_at_once(ada: Person, anyone: Visitor) -> None:
    post = ada.writes("before", spoiler_text="first")["id"]
    path = f"/api/v1/posts/{post}"

    ada.patch(path, {"text": "afterwards"})
    assert (search(anyone, "before"), search(anyone, "afterwards")) == ([], [post])
    ada.patch(path, {"spoiler_text": "second"})
    assert (search(anyone, "first"), search(anyone, "second")) == ([], [post])
    ada.patch(path, {"visibility": "followers"})
    assert search(anyone, "afterwards") == []
    ada.patch(path, {"visibility": "public"})
    assert search(anyone, "afterwards") == [post]
    ada.delete(path)
    assert (search(anyone, "afterwards"), PostWords.objects.count()) == ([], 0)


def test_words_side_by_side_come_first_and_each_kind_newest_first(ada: Person, anyone: Visitor) -> None:
    texts = ["big cat", "cat, big", "a big cat", "cats are big", "big cats", "big catalogue"]
    written = {text: ada.writes(text)["id"] for text in texts}

    def order(query: str) -> list[str]:
        return [text for post in search(anyone, query) for text in texts if written[text] == post]

    assert order("big cat") == ["a big cat", "big cat", "cat, big"]
    assert order("big cat*") == ["a big cat", "big cat", "big catalogue", "big cats", "cats are big", "cat, big"]
    assert order("cat*") == ["a big cat", "cat, big", "big cat", "big catalogue", "big cats", "cats are big"]


# Where a beginning is looked for: all that there are are walked; or a few, and the index is asked for the rest.
@pytest.mark.slow
@pytest.mark.parametrize("most_walked", [1_000, 3])
@pytest.mark.parametrize(
    "query",
    ["common", "common word", "commo*", "common -nothing tag:x", "from:ada", "comm* tag:x", "comm* -nothi*"],
)
def test_pages_of_years_neither_repeat_nor_hide_a_post(
    query: str,
    most_walked: int,
    ada: Person,
    anyone: Visitor,
    django_assert_num_queries: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Posts of a minute ago, of last month and of years ago; some of them not to be seen, some of them written between
    two pages. One query is that of the budget, one finds the author."""
    monkeypatch.setattr(posts, "MOST_WALKED", most_walked)
    dice = random.Random(7)
    written = []
    for age in sorted((dice.random() ** 6 for _ in range(30)), reverse=True):
        moment = timezone.now() - timedelta(days=800 * age)
        text = dice.choice(["a common word #x", "word and common #x", "common #x word", "something else"])
        post = Post(
            id=least_id_at(moment) + dice.getrandbits(20),
            author_id=ada.id,
            text=text,
            visibility=dice.choice(["public", "public", "public", "followers"]),
            reply_policy="everyone",
            tags=[{"name": "x"}] if "#x" in text else [],
        )
        post.save()
        contents.store_words(post)
        if post.visibility == "public" and (query == "from:ada" or "common" in text):
            written.append(post)
    in_order = sorted(written, key=lambda post: (query == "common word" and query in post.text, post.id), reverse=True)
    expected = [str(post.id) for post in in_order]

    down, url = [], f"/api/v1/search?q={quote(query)}&limit=4"
    while url:
        with django_assert_num_queries(3 if query == "from:ada" else 2):
            answer = anyone.get(url).json()
        down.append(ids(answer))
        url, back = answer["next"], answer["previous"]
        ada.writes("a common word #x")
    assert [post for found in down for post in found] == expected

    up = [down[-1]]
    while back and len(up) < len(down):
        answer = anyone.get(back).json()
        up.append(ids(answer))
        back = answer["previous"]
    assert up[::-1] == down


def stretches() -> Iterator[tuple[int, int]]:
    """Of ids, short and long, more of them long ago."""
    dice = random.Random(3)
    now = least_id_at(timezone.now())
    for _ in range(200):
        low, high = sorted(int(now * dice.random() ** 3) for _ in range(2))
        yield low, high


def test_epochs_cover_every_id_once_in_both_directions() -> None:
    for low, high in stretches():
        down, up = list(epochs.downward(low, high)), list(epochs.upward(low, high))
        for post_id in (low, high - 1, (low + high) // 2):
            for cover in (down, up):
                assert len(set(cover) & set(epochs.of(post_id))) == 1, (low, high, post_id)
        assert len(down) == len(set(down)) <= 45
        assert len(up) == len(set(up)) <= 45


def test_long_stretches_are_few_and_cover_every_id_in_both_directions() -> None:
    for low, high in stretches():
        down, up = list(epochs.long_downward(low, high)), list(epochs.long_upward(low, high))
        for cover in (down[::-1], up):
            ends = [low, *(end for stretch in cover for end in (stretch.low, stretch.high)), high]
            assert ends[::2] == ends[1::2], (low, high)
            assert len(cover) <= 7
            for name, begin, end in cover:
                assert name in {*epochs.of(begin)} & {*epochs.of(end - 1)}


@pytest.mark.parametrize(
    ("query", "finds_nothing"),
    [
        ("cat -cat", True),
        ("cat -CAT", True),
        ("cats -cat*", True),
        ("cat* -ca", False),
        ("cat* -cat*", True),
        ("cat* -cats*", False),
        ("cat* -cat", False),
        ('"big old cat" -"old cat"', True),
        ('"big old cat" -"big cat"', False),
        ('"big cats" -"big cat*"', False),
        ("big-cats -cat*", True),
        ("big-cats -big-cat*", True),
        ("tag:a tag:b -tag:b", True),
        ("cat -dog", False),
        ("cat dog -cat-dog", False),
        ("", True),
        ("-cat", True),
    ],
)
def test_what_contradicts_itself_is_not_looked_for(query: str, finds_nothing: bool) -> None:
    """The index would look at all that is wanted to find that none of it is left."""
    assert parse(query).finds_nothing is finds_nothing


@pytest.mark.parametrize(
    ("query", "most_walked", "is_asked"),
    [
        ("rai*", 1_000, False),
        ("rai*", 5, False),
        ("rai* rare", 5, False),
        ("from:ada rai*", 5, False),
        ("rar*", 5, True),
        ("rar* rain", 5, True),
        ("rain -rar*", 5, False),
    ],
)
def test_the_index_is_asked_for_the_beginning_of_a_word_where_there_is_little_of_it(
    query: str, most_walked: int, is_asked: bool, ada: Person, anyone: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To look one up costs as much as there is of it, at every question."""
    for text in ("rain and rare", *["it rains, with rain"] * 12):
        ada.writes(text)
    monkeypatch.setattr(posts, "MOST_WALKED", most_walked)
    asked: list[Any] = []
    rows = sql.rows
    monkeypatch.setattr(sql, "rows", lambda *given: asked.append(given) or rows(*given))

    assert search(anyone, query, limit=3)

    monkeypatch.undo()
    statement, parameters = asked[-1]
    # Nobody wrote the very words, which takes a question for each epoch.
    more = questions(statement, parameters) - sum(parameters["are_close"])
    assert more > 0 if is_asked else more == 0


def questions(statement: str, parameters: dict[str, Any]) -> int:
    """How often the index of words is asked, but for the walk. So few posts would be read without it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    ((explained,),) = sql.rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
    scans = (node for node in nodes(explained[0]["Plan"]) if node.get("Index Name") == "post_words_gin")
    return sum(int(scan["Actual Loops"]) for scan in scans)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All but those of the walk."""
    if plan.get("Subplan Name") != "CTE walk":
        yield plan
        for part in plan.get("Plans", ()):
            yield from nodes(part)


def test_a_cursor_is_of_its_own_query(ada: Person, anyone: Visitor) -> None:
    for _ in range(2):
        ada.writes("one two")
    following = page(anyone, "one", limit=1)["next"]

    assert anyone.get(following).status_code == 200
    for other in (
        following.replace("q=one", "q=two"),
        f"{following}&type=profiles",
        following.replace("search", "searc"),
    ):
        assert anyone.get(other).status_code in (400, 404)


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("", "q", "required"),
        ("q=", "q", "blank"),
        ("q=%20", "q", "blank"),
        (f"q={'x' * 501}", "q", "max_length"),
        ("q=x&type=people", "type", "invalid_choice"),
        ("q=x&type=", "type", "invalid_choice"),
        ("q=x&limit=0", "limit", "out_of_range"),
        ("q=x&cursor=y", "cursor", "invalid_cursor"),
    ],
)
def test_what_asks_for_nothing_clear_is_refused(query: str, field: str, code: str, anyone: Visitor) -> None:
    response = anyone.get(f"/api/v1/search?{query}")

    assert response.status_code == 400
    assert (response.json()["code"], [(e["field"], e["code"]) for e in response.json()["errors"]]) == (
        "validation_error",
        [(field, code)],
    )


@pytest.mark.asvs("1.2.4", "1.2.9")
def test_no_query_is_an_error(ada: Person, anyone: Visitor) -> None:
    """Up to five hundred characters of signs, operators, scripts, and what PostgreSQL's queries are written in."""
    ada.writes("a")
    dice = random.Random(5)
    signs = [*"'\"\\&|!()<->:*%_-@#$;,.\t\n/?[]{}^~`+= ", "from:", "tag:", "before:", "<->", "ab", "é", "猫", "👍"]
    signs += ["\u0301", "\u200d", "\ufeff", "\ufffe", "\U0010ffff", "ﷺ", "ß", "\u0e33", "1", "9" * 30, "2026-01-01"]
    for _ in range(25):
        text = "".join(dice.choices(signs, k=dice.randint(1, 300)))[:500]
        for kind in ("posts", "profiles", "tags"):
            response = anyone.get(f"/api/v1/search?type={kind}&q={quote(text)}")
            assert response.status_code in (200, 400), text
            assert response.status_code == 200 or not text.strip(), (text, response.content)


def test_ninety_thousand_places_and_longest_words_are_stored(ada: Person, anyone: Visitor) -> None:
    longest = ada.writes("x" * 5_000)["id"]
    many = ada.writes("猫" * 5_000)["id"]
    often = ada.writes("again " * 833)["id"]

    assert search(anyone, "x" * 500) == search(anyone, "x" * 64) == [longest]
    assert (search(anyone, "猫" * 200), search(anyone, "again again")) == ([many], [often])


@pytest.mark.asvs("2.4.1")
def test_whoever_searches_too_often_has_to_wait(ada: Person, settings: Any) -> None:
    settings.RATE_LIMIT_SCALE = 0

    response = ada.get("/api/v1/search?q=x")

    assert (response.status_code, response.json()["code"]) == (429, "throttled")
    assert int(response["Retry-After"]) >= 1
