"""What may be chosen of a measurement."""

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path

OF_AUTH = ("T5", "T7")
OF_POSTS = ("T1", "T2", "T3", "T4", "T6", "T8", "T9", "T10", "T11", "T12")


def at_least(least: int) -> Callable[[str], int]:
    """An option's type: a whole number, `least` or more."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise ArgumentTypeError(f"{text} is not a whole number of {least} or more")
        return int(text)

    return read


def add_arguments(parser: ArgumentParser) -> None:
    measuring = parser.add_argument_group("the measuring")
    measuring.add_argument(
        "--only",
        nargs="+",
        default=[],
        choices=[*OF_POSTS, *OF_AUTH],
        metavar="T",
        help="these targets alone, such as T1 T3",
    )
    measuring.add_argument(
        "--rounds", type=at_least(1), default=5, metavar="N", help="of every variant in turn (%(default)s)"
    )
    measuring.add_argument(
        "--seconds", type=float, default=5.0, metavar="S", help="of every variant in every round (%(default)g)"
    )


def add_posts_arguments(parser: ArgumentParser) -> None:
    posts = parser.add_argument_group("the load on Posts")
    posts.add_argument("--connections", type=at_least(1), default=8, metavar="N", help="at a time (%(default)s)")
    posts.add_argument(
        "--minutes", type=float, default=10.0, metavar="M", help="in all before T11 is judged (%(default)g)"
    )


def add_auth_arguments(parser: ArgumentParser) -> None:
    auth = parser.add_argument_group("the users of Auth")
    auth.add_argument(
        "--users", type=at_least(1), default=500_000, metavar="N", help="who are many, in T7 (%(default)s)"
    )


def add_folder(parser: ArgumentParser) -> None:
    default = Path(os.environ.get("DATA_DIR") or ".data") / "bench"
    parser.add_argument(
        "--data", type=Path, default=default, metavar="FOLDER", help="where loaded data is kept (%(default)s)"
    )
    parser.add_argument("--fresh", action="store_true", help="load it anew")


def typed(options: Namespace, *names: str) -> list[str]:
    """These options as somebody would type them for another command."""
    given = [(name, getattr(options, name)) for name in names]
    return [text for name, value in given if value not in (None, []) for text in (f"--{name}", *_words(value))]


def _words(value: object) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list) else [str(value)]
