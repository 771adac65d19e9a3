"""All measurements of this project, each figure beside its target.

  make bench                                  everything, half an hour, as benchmarks/README.md has it
  make bench BENCH="--people 10000 --posts 200000 --seconds 2 --minutes 2"
  make bench BENCH="--only T1 T3"             some targets, on the data that is loaded already

The targets of Posts (T1 to T4, T6, T8 to T12) are measured on a made-up graph that is loaded once and kept; every
run works on a copy of it. Those of Auth (T5, T7) start a stack of their own. All variants of a measurement take turns
within every round, so that whatever else the machine does falls on all of them; a ratio is made round by round, and its
median is shown with the least and the most.

Exit code: 0 where all targets are reached, 1 where one is missed or something went wrong. With fewer people or posts,
shorter or fewer rounds, or a busy machine, a figure says less.
"""

import argparse
import subprocess
import sys
from argparse import Namespace

from benchmarks import options as choices
from benchmarks.dataset import size
from benchmarks.dataset.size import Size
from benchmarks.loaded_database import LoadedDatabase, call_django
from tools.devstack.errors import StackError
from tools.devstack.lock import locked
from tools.devstack.stack import ROOT


def main() -> int:
    options = _parser().parse_args()
    wanted = options.only or [*choices.OF_POSTS, *choices.OF_AUTH]
    codes = []
    try:
        if set(wanted) & set(choices.OF_POSTS):
            codes.append(_measure_posts(options))
        if set(wanted) & set(choices.OF_AUTH):
            codes.append(_measure_auth(options))
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return max(codes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    size.add_arguments(parser)
    choices.add_folder(parser)
    choices.add_arguments(parser)
    choices.add_posts_arguments(parser)
    choices.add_auth_arguments(parser)
    return parser


def _measure_posts(options: Namespace) -> int:
    loaded = LoadedDatabase(options.data, Size.of(options), say=_say)
    with locked(options.data), loaded.copy(fresh=options.fresh) as variables:
        arguments = choices.typed(options, "only", "rounds", "seconds", "connections", "minutes")
        return call_django(variables, "measure_posts", *arguments)


def _measure_auth(options: Namespace) -> int:
    arguments = choices.typed(options, "only", "rounds", "seconds", "users")
    return subprocess.run([sys.executable, "-m", "benchmarks.auth_logins", *arguments], cwd=ROOT).returncode


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
