"""Reading CSV: strictly, a row at a time."""

from io import BytesIO
from typing import Any

import pytest

from auth_project.imports.rows import Fault, NotPeople, Row, read

HEAD = b"username,email,bio\n"


def told(content: bytes) -> list[Any]:
    return [(one.line, one.cells if isinstance(one, Row) else one.reason) for one in read(BytesIO(content))]


def test_what_is_empty_is_not_given_and_all_else_is_what_it_is():
    content = HEAD + b'ada,ada@x.org,"=1+1, ""said"" she\nover two lines"\r\n\r\n eve,eve@x.org,\n'

    assert told(content) == [
        (2, {"username": "ada", "email": "ada@x.org", "bio": '=1+1, "said" she\nover two lines'}),
        (5, {"username": " eve", "email": "eve@x.org"}),
    ]


def test_the_mark_of_spreadsheets_is_no_part_of_a_name():
    assert told(b"\xef\xbb\xbf" + HEAD + b"ada,a@x.org,\n") == [(2, {"username": "ada", "email": "a@x.org"})]


@pytest.mark.parametrize(
    "bad",
    [
        (b"ada,ada@x.org\n", "2 cells for 3 columns"),
        (b"ada,ada@x.org,a,b\n", "4 cells for 3 columns"),
        (b"ada,ada@x.org,\xff\n", "not UTF-8"),
        (b'ada,ada@x.org,"bad"quote\n', "no CSV: "),
        (b"ada,ada@x.org," + b"x" * 30_000 + b"\n", "more than 20000 bytes"),
        (b"ada,ada@x.org," + b"x" * 15_000 + b"\n", "no CSV: field larger than field limit"),
    ],
)
def test_a_bad_row_is_told_and_the_next_is_read(bad):
    content, reason = bad

    fault, row = read(BytesIO(HEAD + content + b"eve,eve@x.org,\n"))

    assert isinstance(fault, Fault)
    assert (fault.line, fault.reason.startswith(reason)) == (2, True), fault.reason
    assert row == Row(line=3, cells={"username": "eve", "email": "eve@x.org"})


def test_a_quote_that_is_never_closed_does_not_swallow_the_file():
    people = b"".join(b"p%d,p%d@x.org,\n" % (number, number) for number in range(2_000))

    first, *others = read(BytesIO(HEAD + b'ada,ada@x.org,"open\n' + people))

    assert isinstance(first, Fault)
    assert first.line == 2
    assert len(others) > 1_000
    assert all(isinstance(one, Row) for one in others)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", "username and email"),
        (b"username\n", "email"),
        (b"username,email,is_staff\n", "not is_staff"),
        (b"username,email,email\n", "named twice"),
        (b"username;email\n", "must name columns"),
        (b'"username,email\n', "no CSV"),
        (b"\xff\xfe", "must name columns"),
        (b"\x00username,email\n", "must name columns"),
    ],
)
def test_without_a_proper_first_line_nothing_is_read(head, reason):
    with pytest.raises(NotPeople, match=reason):
        read(BytesIO(head))
