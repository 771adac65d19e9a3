"""What the lock files say, for tests."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "deploy/locks"


def normal(name: str) -> str:
    """A package's name as all of its spellings have it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(name: str) -> dict[str, tuple[str, set[str]]]:
    """Version and hashes of each package of that lock."""
    entries = (LOCKS / f"{name}.txt").read_text().replace("\\\n", " ").splitlines()
    found = {}
    for entry in entries:
        package, version = re.match(r"([\w.-]+)==(\S+)", entry).groups()
        found[normal(package)] = version, set(re.findall(r"--hash=(sha256:[0-9a-f]{64})", entry))
    return found


def pinned(*files: str) -> dict[str, str]:
    """The versions that requirements files name."""
    lines = [line.split(";")[0].strip() for file in files for line in (ROOT / file).read_text().splitlines()]
    return {normal(name): version for name, version in (line.split("==") for line in lines if "==" in line)}


def names(file: str) -> set[str]:
    """The packages that a service asks for, with those of the files it includes."""
    path = ROOT / file
    found = set()
    for line in path.read_text().splitlines():
        if line.startswith("-r "):
            found |= names(str((path.parent / line[3:].strip()).resolve().relative_to(ROOT)))
        elif line and not line.startswith(("#", "-")):
            found.add(normal(line.split("==")[0]))
    return found
