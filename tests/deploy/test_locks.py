"""The lock files, by which images are installed, and the bills of materials made of them."""

import json
import re
from importlib import metadata

import pytest
from packaging.requirements import Requirement

from tests.deploy.locks import LOCKS, locked, names, normal, pinned
from tools import sbom

PINNED = pinned("requirements.txt")
OPTIONS = ("otel", "redis", "s3")
ASKED_FOR = {service: names(f"{service}_project/requirements.txt") for service in ("auth", "posts")}
ASKED_FOR |= {option: names(f"requirements-{option}.txt") for option in OPTIONS}
IMAGE = {"python_version": "3.12", "python_full_version": "3.12.12", "extra": ""}


@pytest.mark.asvs("15.2.1")
@pytest.mark.parametrize("lock", ASKED_FOR)
def test_a_lock_has_the_versions_that_the_requirements_name(lock):
    versions = PINNED | (pinned(f"requirements-{lock}.txt") if lock in OPTIONS else {})

    found = {name: version for name, (version, _) in locked(lock).items() if name in versions}

    assert found == {name: versions[name] for name in found}, "run: make lock"
    assert ASKED_FOR[lock] <= set(found), "run: make lock"


@pytest.mark.parametrize("lock", ASKED_FOR)
def test_a_lock_has_all_that_its_packages_need_and_nothing_else(lock):
    assert set(locked(lock)) == closure(ASKED_FOR[lock]), "run: make lock"


def closure(asked_for: set[str]) -> set[str]:
    """All that these packages need in the image, as the packages that are installed here say."""
    found: set[str] = set()
    waiting = [(name, "") for name in sorted(asked_for)]
    seen = set()
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        found.add(name)
        for text in metadata.requires(name) or []:
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate(IMAGE | {"extra": extra}):
                waiting += [(normal(needed.name), one) for one in ("", *needed.extras)]
    return found


@pytest.mark.asvs("15.2.1")
@pytest.mark.parametrize("lock", ASKED_FOR)
def test_every_package_is_known_by_its_hashes_and_none_by_an_address(lock):
    assert all(hashes for _, hashes in locked(lock).values())
    text = (LOCKS / f"{lock}.txt").read_text()
    assert not re.search(r"https?://|@ |index-url|find-links", text)


def test_an_option_fits_on_top_of_a_service():
    """pip refuses to install two versions of one package."""
    versions: dict[str, set[str]] = {}
    for lock in ASKED_FOR:
        for name, (version, _) in locked(lock).items():
            versions.setdefault(name, set()).add(version)

    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.slow
@pytest.mark.asvs("15.1.2")
@pytest.mark.parametrize("lock", ["auth", "posts"])
def test_a_bill_of_materials_lists_each_package_with_its_hashes(lock, tmp_path):
    bill = json.loads(sbom.written(LOCKS / f"{lock}.txt", tmp_path).read_text())

    listed = {normal(one["name"]): (one["version"], hashes_of(one)) for one in bill["components"]}
    assert (bill["bomFormat"], bill["specVersion"], listed) == ("CycloneDX", "1.6", locked(lock))


@pytest.mark.slow
@pytest.mark.asvs("15.1.2")
def test_bills_of_materials_are_valid_and_one_that_is_not_is_told(tmp_path):
    """By the shortest: to judge one takes a second for every twenty packages."""
    bill = sbom.written(LOCKS / "redis.txt", tmp_path)
    assert sbom.faults([bill]) == []

    bill.write_text(bill.read_text().replace('"library"', '"librarian"'))

    assert len(sbom.faults([bill])) == 1


def hashes_of(component: dict) -> set[str]:
    found = [one for reference in component["externalReferences"] for one in reference.get("hashes", [])]
    return {f"sha256:{one['content']}" for one in found if one["alg"] == "SHA-256"}
