"""What is found in a text, and where."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts_project.posts.models import MAX_TEXT
from posts_project.posts.text import is_visible, parse, tag_name


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#one", ["one"]),
        ("(#Eins), #zwei.", ["eins", "zwei"]),
        ("#Straße #STRASSE", ["strasse", "strasse"]),
        ("#हिन्दी #日本語 #עברית", ["हिन्दी", "日本語", "עברית"]),
        ("a#b &#39; ##x #123 # #!", []),
        ("https://example.org/#part", []),
        ("#" + "x" * 101, []),
        ("#" + "日" * 100, ["日" * 100]),
        ("#１２ #½ #__ #1️⃣", []),
        ("#1a #_a #二〇二六", ["1a", "_a", "二〇二六"]),
        ("#Ｃａｆé #ﾀｸﾞ ＃タグ", ["café", "タグ", "タグ"]),
        ("e\u0331x\u0331#tag #e\u0331x\u0331", ["e\u0331x\u0331"]),
        ("#வணக்கம் #สวัสดี #မြန်မာ", ["வணக்கம்", "สวัสดี", "မြန်မာ"]),
        ("#می\u200cخواهم #میخواهم", ["میخواهم", "میخواهم"]),
        ("\u200f#שלום\u200f, #بيت", ["שלום", "بيت"]),
        ("#col·lecció #スター・ウォーズ #בית־ספר", ["col·lecció", "スター・ウォーズ", "בית־ספר"]),
        ("#a· #a\u200d #a\u200d👍 #葛\U000e0100飾区", ["a", "a", "a", "葛飾区"]),
        ("#️⃣ #👩‍👩‍👧 1️⃣#one ❤️#two #three👩‍👩‍👧", ["one", "two", "three"]),
        ("今日は#東京 #東京、#大阪。", ["東京", "大阪"]),
        ("user#tag@example.org page/#tag", []),
        ("#a¼ #ﷺ #ﾞa", ["a14", "صلىاللهعليهوسلم"]),
        ("#a" * 2, ["a"]),
    ],
)
def test_tags(text: str, tags: list[str]) -> None:
    assert [tag.value for tag in parse(text).tags] == tags


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ada", ["ada"]),
        ("Hi @Ada_L, @bob.", ["ada_l", "bob"]),
        ("mail@example.org @ab @@cat @dog@example.org", []),
        ("@" + "x" * 31, []),
        ("https://example.org/@ada", []),
        ("(@ada) .@ada -@ada cc:@ada,@bob", ["ada", "ada", "ada", "ada", "bob"]),
        ("@ada@host @ada@example.org @ada@@bob_", []),
        ("foo+@example.org a.b-c@example.org 用户@example.org", []),
        ("@adaさんへ。こんにちは@ada！ ที่@ada", ["ada", "ada", "ada"]),
        ("＠ada", ["ada"]),
        ("@adaé éa@ada @ada\u0301 x@ada", []),
        ("👩‍👩‍👧@ada👍🏽 \u200f@bob\u200f", ["ada", "bob"]),
        ("@ada.\n@ada's hi!@ada", ["ada", "ada", "ada"]),
    ],
)
def test_mentions(text: str, names: list[str]) -> None:
    assert [mention.value for mention in parse(text).mentions] == names


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("see http://a.example and HTTPS://b.example/x?y=1#z!", ["http://a.example", "HTTPS://b.example/x?y=1#z"]),
        ("(https://example.org/a_(b))", ["https://example.org/a_(b)"]),
        ("javascript:alert(1) ftp://x data:text/html,x", []),
        ("https:// https://. https://) https:///x https://@x https://?x xhttps://a.example", []),
        ("[https://a.example/[x]], {https://b.example}", ["https://a.example/[x]", "https://b.example"]),
        ("“https://a.example/?q=(x)”… 'https://b.example'", ["https://a.example/?q=(x)", "https://b.example"]),
        ("見てhttps://a.example/日本。次「https://b.example」", ["https://a.example/日本", "https://b.example"]),
        (
            "https://[::1]:80/x https://👍.example/ https://a.example\u200bx",
            ["https://[::1]:80/x", "https://👍.example/", "https://a.example"],
        ),
        ("https://a.example/" + "x" * 4_000, ["https://a.example/" + "x" * 4_000]),
    ],
)
@pytest.mark.asvs("1.2.2")
def test_links(text: str, urls: list[str]) -> None:
    assert [link.value for link in parse(text).links] == urls


def test_at_most_thirty_of_a_kind() -> None:
    contents = parse(" ".join(f"#t{n}x @name{n} https://example.org/{n}" for n in range(100)))

    assert [len(contents.tags), len(contents.mentions), len(contents.links)] == [30, 30, 30]


@given(st.text(alphabet=st.sampled_from("#@:/.htps aé日👍\u0301()_1\n"), max_size=200))
def test_positions_point_at_what_was_found(text: str) -> None:
    contents = parse(text)

    assert all(text[tag.start] == "#" for tag in contents.tags)
    assert all(text[mention.start : mention.end].lower() == f"@{mention.value}" for mention in contents.mentions)
    assert all(text[link.start : link.end] == link.value for link in contents.links)


def test_positions_count_code_points() -> None:
    text = unicodedata.normalize("NFC", "👩‍👩‍👧 e\u0301 שלום #Cafe\u0301 @ada https://a.example")

    contents = parse(text)

    found = [*contents.tags, *contents.mentions, *contents.links]
    assert [(one.start, one.end) for one in found] == [(13, 18), (19, 23), (24, 41)]
    assert [text[one.start : one.end] for one in found] == ["#Café", "@ada", "https://a.example"]


@given(st.text(max_size=100))
def test_a_tag_is_found_by_its_own_name(text: str) -> None:
    for tag in parse(f"#{text}").tags:
        assert tag_name(tag.value) == tag.value


@pytest.mark.parametrize(
    "text",
    [
        "a",
        ".",
        "a.",
        "a@",
        "@",
        "@abc",
        "#",
        "#a",
        "#a\u200d",
        "#e\u0331",
        "!",
        "x-",
        "(",
        "https://a ",
        "https://a.a@a.a",
    ],
)
def test_no_text_takes_long(text: str) -> None:
    """A tenth of a second on an idle machine would be ten times too long."""
    long = (text * MAX_TEXT)[:MAX_TEXT]

    began = time.process_time()
    for hostile in (long, f"x@{long}", f"https://a{long}", f"https://a{')' * MAX_TEXT}"[:MAX_TEXT]):
        parse(hostile)

    assert time.process_time() - began < 1


@pytest.mark.parametrize("text", ["a", "👍", "\u200bx", "。", "﷽", "1", "\U0001fae8", "\ue000", "\U0003fffd"])
def test_visible(text: str) -> None:
    assert is_visible(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "\u200b\u2060\ufeff",
        "\u2800",
        "\u3164\uffa0",
        "\u0301",
        "\ufe0f\u20e3",
        "\u200f",
        "\U000e0041\U000e01f0\ufff0",
    ],
)
def test_invisible(text: str) -> None:
    assert not is_visible(text)
