"""`python -m tools.devstack run | stop | status | exec | test | check`: what the targets of the Makefile call."""

import argparse
import os
import signal
import sys
from pathlib import Path

from tools.devstack import checks, running, suites
from tools.devstack.errors import StackError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    options = _parser().parse_args()
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means what it says
            signal.signal(number, _interrupt)
    try:
        return options.act(options)
    except (StackError, PermissionError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _interrupt(number: int, frame: object) -> None:
    """Stop once, in order; a second Ctrl-C does not disturb that."""
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.devstack", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="start everything, print one log, stop everything at Ctrl-C")
    run.set_defaults(act=lambda options: running.run(_data_dir(), auth_port=_port("AUTH"), posts_port=_port("POSTS")))

    stop = commands.add_parser("stop", help="stop the stack of this DATA_DIR")
    stop.set_defaults(act=lambda options: running.stop(_data_dir()))

    status = commands.add_parser("status", help="tell whether a stack of this DATA_DIR is running")
    status.set_defaults(act=lambda options: running.status(_data_dir()))

    execute = commands.add_parser("exec", help="run a command with throw-away databases and a whole environment")
    execute.add_argument("command", nargs="+", metavar="-- COMMAND")
    execute.set_defaults(act=lambda options: running.execute(options.command))

    test = commands.add_parser("test", help="run test suites against one pair of throw-away databases")
    test.add_argument("suites", nargs="+", metavar="SUITE")
    test.add_argument("--slow", action="store_true", help="the tests that are marked as slow, in place of all others")
    test.set_defaults(act=lambda options: suites.run(options.suites, suites.SLOW if options.slow else suites.QUICK))

    check = commands.add_parser("check", help="both projects: no missing migration, safe production settings")
    check.set_defaults(act=lambda options: checks.run())
    return parser


def _data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR") or ".data")


def _port(service: str) -> int:
    name = f"{service}_PORT"
    text = os.environ.get(name) or {"AUTH": "8001", "POSTS": "8002"}[service]
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise StackError(f"{name} must be a port number, 1 to 65535.")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
