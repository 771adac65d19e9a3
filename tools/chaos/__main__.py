"""Hurt a running system while clients write to it, and count what is left of what they were promised.

    make chaos                                    # every scenario, 5 times, with its control
    make chaos CHAOS="rolling --times 20"         # one of them
    make chaos CHAOS="--help"

Starts a stack of its own with a second process of Posts, in a folder that is gone afterwards. docs/reliability.md says
what each scenario does and has figures.

A control is the same scenario without what keeps its promise, and must break it.
Exit status: 0 every promise was kept and every control has broken its own; 1 not so; 2 bad arguments;
130 Ctrl-C.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tools.chaos.scenarios import CLIENTS, CONTROLS, SCENARIOS, Outcome, Scenario
from tools.chaos.site import Site

COLUMNS = (
    "scenario", "faults", "requests", "failed", "acknowledged", "lost", "doubled", "half-written", "longest exit",
    "longest wait", "promise",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(SCENARIOS)}; default: all")
    parser.add_argument("--times", type=_positive, default=5, help="how often each fault happens (5)")
    parser.add_argument("--clients", type=_positive, default=CLIENTS, help=f"how many write at once ({CLIENTS})")
    parser.add_argument("--no-controls", action="store_true", help="leave out the runs that must fail")
    options = parser.parse_args()
    if unknown := [name for name in options.scenarios if name not in SCENARIOS]:
        parser.error(f"no scenario {', '.join(unknown)}: there are {', '.join(SCENARIOS)}")
    names = options.scenarios or list(SCENARIOS)
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|", flush=True)
    good = True
    for name in names:
        good &= _run(SCENARIOS[name], options).is_kept
        if name in CONTROLS and not options.no_controls:
            good &= not _run(CONTROLS[name], options).is_kept
    return 0 if good else 1


def _run(scenario: Scenario, options: argparse.Namespace) -> Outcome:
    print(f"{scenario.name} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Site(Path(folder)) as site:
        outcome = scenario.run(site, times=options.times, clients=options.clients)
    print(_row(outcome), flush=True)
    for kind, count in outcome.failed.most_common():
        print(f"  {count} × {kind}", file=sys.stderr)
    return outcome


def _row(outcome: Outcome) -> str:
    counts = (len(outcome.lost), len(outcome.doubled), len(outcome.half_written))
    cells = [
        outcome.scenario,
        *(f"{number:,}" for number in (outcome.faults, outcome.requests, outcome.failed.total(), outcome.acknowledged)),
        *(f"{number:,}" for number in counts),
        f"{outcome.worst_exit:.1f} s",
        f"{outcome.worst_wait:.1f} s",
        "kept" if outcome.is_kept else "BROKEN",
    ]
    return f"| {' | '.join(cells)} |"


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of 1 or more")
    return int(text)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
