"""What a client says of how far it has got."""

from posts_project.stream.positions import MOST_NAMED, OVERLAP, Position

START = 10 * OVERLAP


def parsed(text: str) -> tuple[set[int], int]:
    position = Position.parsed(text)
    return position._sent - {position.bound}, position.bound


def test_an_event_is_named_first_with_where_the_stream_began() -> None:
    position = Position([START])

    assert position.after(START + 5) == f"{START + 5}.{START}"
    assert parsed(position.after(START + 3)) == ({START + 5, START + 3}, START)


def test_what_is_older_than_the_overlap_need_not_be_named() -> None:
    position = Position([START])
    position.after(START + 5)

    late = START + 2 * OVERLAP

    assert position.after(late) == f"{late}.{late - OVERLAP}"


def test_what_comes_too_late_to_be_named_changes_nothing() -> None:
    position = Position([START])
    newest = START + 2 * OVERLAP
    position.after(newest)

    assert position.after(START + 1) == f"{newest}.{newest - OVERLAP}"


def test_there_are_never_more_than_can_be_sent_back() -> None:
    position = Position([START])
    for step in range(1, 3 * MOST_NAMED):
        last = position.after(START + step)

    named, bound = parsed(last)
    assert (len(named), bound) == (MOST_NAMED, START + 2 * MOST_NAMED - 1)


def test_one_number_alone_is_the_bound() -> None:
    assert parsed("7") == (set(), 7)
