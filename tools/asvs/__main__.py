"""`python -m tools.asvs`: which requirements of OWASP ASVS 5.0 are shown by tests, by which, and which are not.

The requirements are the rows of docs/asvs.md; a test says what it shows: `@pytest.mark.asvs("6.3.8")`.
"""

import argparse
import sys
from pathlib import Path

from tools.asvs import coverage

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.asvs", description=__doc__)
    parser.add_argument("--missing", action="store_true", help="list only what no test shows")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where no test shows a requirement")
    options = parser.parse_args()
    requirements = coverage.requirements(ROOT / "docs/asvs.md")
    shown = coverage.shown_by(ROOT / "tests")
    if unknown := sorted(shown.keys() - requirements.keys()):
        print(f"error: not in docs/asvs.md: {', '.join(unknown)}", file=sys.stderr)
        return 1
    for one in requirements.values():
        tests = shown.get(one.id, [])
        if not tests or not options.missing:
            print(f"{one.id:7} L{one.level}  {'shown' if tests else 'NOT SHOWN':9}  {one.demand}")
            for test in [] if options.missing else tests:
                print(f"{'':25}{test}")
    missing = [one.id for one in requirements.values() if one.id not in shown]
    print(f"\n{len(requirements) - len(missing)} of {len(requirements)} requirements are shown by tests.")
    if missing:
        print(f"Not shown: {', '.join(missing)}")
    return 1 if missing and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
