"""T10: every list of the API document asks the database the same number of times, however long the page."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator

from benchmarks.bench import Bench
from benchmarks.callers import Person
from benchmarks.dataset import finding
from benchmarks.report import Figure
from posts_project import authentication
from posts_project.lists import services as lists
from posts_project.profiles.models import Profile
from shared.jwks import StaticKeys

SIZES = (1, 20, 100)
MEMBERS = 5
# What a list cannot do without.
QUERIES = {"/api/v1/search": "q=a"}


def measure(bench: Bench) -> Iterator[Figure]:
    reader = finding.readers(1)[0]
    authentication.trust(StaticKeys(bench.signer.public_keys()))
    token = bench.signer.token(reader)
    asked = {path: [_queries(f"{path}limit={size}", token) for size in SIZES] for path in _lists(reader)}
    uneven = [path for path, counts in asked.items() if len(set(counts)) > 1]
    what = f"lists whose queries depend on the page's length, of {len(asked)}"
    yield Figure(target="T10", what=what, rounds=[len(uneven)], digits=0, at_most=0)
    for path in uneven:
        yield Figure(target="T10", what=f"  {path}", rounds=asked[path], digits=0)
    most = max(count for counts in asked.values() for count in counts)
    yield Figure(target="T10", what="  most queries of any list", rounds=[most], digits=0)


def _lists(reader: Person) -> list[str]:
    """Paths with real names and ids in them.

    :raises KeyError: there is a parameter in a list's path that this module has no value for.
    """
    values = {
        "username": finding.by_followers(1_000, 1, reader=reader)[0].username,
        "post_id": finding.most_liked_post(reader),
        "list_id": _feed_list(reader),
        "tag": finding.most_used_tag(),
    }
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    paths = [path.format(**values) for path, item in document["paths"].items() if _is_list(item.get("get", {}))]
    return [f"{path}?{QUERIES[path]}&" if path in QUERIES else f"{path}?" for path in paths]


def _feed_list(reader: Person) -> int:
    """One of the reader's own, made for this."""
    owner = Profile.objects.get(id=reader.id)
    made = lists.create(owner=owner, name="Measured")
    for member in finding.by_followees(100, MEMBERS, reader=reader):
        lists.add_member(list_id=made.id, owner=owner, member=Profile.objects.get(id=member.id))
    return made.id


def _is_list(operation: dict[str, Any]) -> bool:
    return {"limit", "cursor"} <= {parameter["name"] for parameter in operation.get("parameters", ())}


def _queries(path: str, token: str) -> int:
    """Of the second call: the first may note that somebody has come by."""
    client = Client(headers={"Authorization": f"Bearer {token}", "Host": "127.0.0.1"})
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    assert response.status_code == 200, f"{path}: {response.content!r}"
    return len(captured)
