"""Hurt a running system while clients use it, and count what is left of what they were promised.

    make chaos                                       # every scenario, 5 times, with its control
    make chaos CHAOS="rolling --times 20"            # one of them
    make chaos CHAOS="outages --seconds 300"         # the other service dead, frozen, slow: five minutes each
    make chaos CHAOS="outages auth-frozen --seconds 60"
    make chaos CHAOS="--help"

Starts a stack of its own with a second process of Posts, in a folder that is gone afterwards. docs/reliability.md says
what each scenario does and has figures.

A control is the same scenario without what keeps its promise, and must break it.
Exit status: 0 every promise was kept and every control has broken its own; 1 not so, or something could not be tried;
2 bad arguments; 130 Ctrl-C.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.chaos.outages import CALM_SECONDS, CONTROL, OUTAGES, VISITORS, Course, Outage
from tools.chaos.scenarios import CLIENTS, CONTROLS, SCENARIOS, Outcome, Scenario
from tools.devstack.errors import StackError

COLUMNS = (
    "scenario", "faults", "requests", "failed", "acknowledged", "lost", "doubled", "half-written", "longest exit",
    "longest wait", "promise",
)  # fmt: skip
OUTAGE_COLUMNS = (
    "outage", "seconds", "requests", "failed", "p50 before, during", "p99 before, during", "ratio", "longest",
    "failed after", "events that waited", "gone after", "memory before, after", "threads", "promise",
)  # fmt: skip


def main() -> int:
    options = _options()
    if options.scenarios[:1] == ["outages"]:
        return _outages(options)
    print(_header(COLUMNS), flush=True)
    good, acknowledged = True, 0
    for name in options.scenarios or list(SCENARIOS):
        outcome = _run(SCENARIOS[name], options)
        good &= outcome is not None and outcome.is_kept
        acknowledged += outcome.acknowledged if outcome else 0
        if name in CONTROLS and not options.no_controls:
            control = _run(CONTROLS[name], options)
            good &= control is not None and not control.is_kept
    print(f"{acknowledged:,} acknowledged writes without the controls", file=sys.stderr)
    return 0 if good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = f"of {', '.join(SCENARIOS)}; default: all. Or outages, and of {', '.join(OUTAGES)}"
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=names)
    parser.add_argument("--times", type=_positive, default=5, help="how often each fault happens (5)")
    parser.add_argument("--clients", type=_positive, default=CLIENTS, help=f"how many write at once ({CLIENTS})")
    parser.add_argument("--seconds", type=_positive, default=60, help="how long each outage lasts (60)")
    parser.add_argument("--no-controls", action="store_true", help="leave out the runs that must fail")
    options = parser.parse_args()
    are_outages = options.scenarios[:1] == ["outages"]
    known, asked = (OUTAGES, options.scenarios[1:]) if are_outages else (SCENARIOS, options.scenarios)
    if unknown := [name for name in asked if name not in known]:
        parser.error(f"no {'outage' if are_outages else 'scenario'} {', '.join(unknown)}: there are {', '.join(known)}")
    return options


def _run(scenario: Scenario, options: argparse.Namespace) -> Outcome | None:
    """What came of it; None where it cannot be tried on this machine."""
    print(f"{scenario.name} …", file=sys.stderr, flush=True)
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, scenario.site(Path(folder)) as site:
            outcome = scenario.run(site, times=options.times, clients=options.clients)
    except StackError as error:
        print(f"  not tried: {error}", file=sys.stderr)
        return None
    print(_row(outcome), flush=True)
    _tell(outcome.failed.most_common())
    return outcome


def _outages(options: argparse.Namespace) -> int:
    print(_header(OUTAGE_COLUMNS), flush=True)
    good = True
    for name in options.scenarios[1:] or list(OUTAGES):
        good &= _suffer(OUTAGES[name], seconds=options.seconds).is_kept
    if not options.no_controls:
        good &= not _suffer(CONTROL, seconds=min(options.seconds, CALM_SECONDS)).is_kept
    return 0 if good else 1


def _suffer(outage: Outage, *, seconds: float) -> Course:
    print(f"{outage.name} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, outage.site(Path(folder)) as site:
        course = outage.run(site, seconds=seconds, visitors=VISITORS)
    print(_course_row(course), flush=True)
    _tell((course.during.failed + course.after.failed).most_common())
    return course


def _header(columns: Sequence[str]) -> str:
    return f"{_cells(columns)}\n{'|---' * len(columns)}|"


def _row(outcome: Outcome) -> str:
    counts = (len(outcome.lost), len(outcome.doubled), len(outcome.half_written))
    return _cells([
        outcome.scenario,
        *(f"{number:,}" for number in (outcome.faults, outcome.requests, outcome.failed.total(), outcome.acknowledged)),
        *(f"{number:,}" for number in counts),
        f"{outcome.worst_exit:.1f} s",
        f"{outcome.worst_wait:.1f} s",
        _verdict(outcome.is_kept),
    ])  # fmt: skip


def _course_row(course: Course) -> str:
    pairs = [
        f"{course.before.quantile(share) * 1000:.0f}, {course.during.quantile(share) * 1000:.0f} ms"
        for share in (0.5, 0.99)
    ]
    return _cells([
        course.outage,
        f"{course.seconds:.0f}",
        f"{len(course.during.seconds):,}",
        f"{course.during.failed.total():,}",
        *pairs,
        f"{course.slower:.2f}",
        f"{course.during.longest:.2f} s",
        f"{course.after.failed.total():,}",
        f"{course.waiting:,}",
        f"{course.caught_up:.1f} s",
        f"{course.use_before.megabytes:.0f}, {course.use_after.megabytes:.0f} MB",
        f"{course.use_before.threads}, {course.use_after.threads}",
        _verdict(course.is_kept),
    ])  # fmt: skip


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _verdict(is_kept: bool) -> str:
    return "kept" if is_kept else "BROKEN"


def _tell(failures: Iterable[tuple[str, int]]) -> None:
    for kind, count in failures:
        print(f"  {count} × {kind}", file=sys.stderr)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of 1 or more")
    return int(text)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
