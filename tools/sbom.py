"""`python -m tools.sbom [FOLDER]`: a CycloneDX bill of materials of each image and each option, from its lock file.

What is in a bill is what `pip install --require-hashes` puts into that image: names, versions, hashes. No network.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ROOT / "deploy/locks"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.sbom", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "deploy/sbom", help="where to (deploy/sbom)")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    bills = [written(lock, folder) for lock in sorted(LOCKS.glob("*.txt"))]
    for fault in (found := faults(bills)):
        print(f"error: {fault}", file=sys.stderr)
    print(*bills, sep="\n")
    return 1 if found else 0


def written(lock: Path, folder: Path) -> Path:
    """The same lock gives the same bytes."""
    bill = folder / f"{lock.stem}.cdx.json"
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "--output-reproducible", "--spec-version", "1.6"]
    command += ["--no-validate", "--short-PURLs", "--output-file", str(bill), str(lock)]
    subprocess.run(command, check=True, cwd=ROOT, stderr=subprocess.DEVNULL)
    return bill


def faults(bills: Iterable[Path]) -> list[str]:
    """Those that are not valid by CycloneDX' own schema, and why."""
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    found = [(bill, validator.validate_str(bill.read_text())) for bill in bills]
    return [f"{bill}: {fault}" for bill, fault in found if fault]


if __name__ == "__main__":
    sys.exit(main())
