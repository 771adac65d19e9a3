"""T6: publishing a post, and that it takes no longer for those whom many follow."""

import itertools
from collections.abc import Iterator

from benchmarks.bench import Bench, rates
from benchmarks.callers import Person, request
from benchmarks.dataset import finding
from benchmarks.measures.home_page import described
from benchmarks.report import Figure, ratios

FOLLOWERS = 50
# Few, many, a queued job's worth, and past what is handed out at all. Of the last there are but some in the world.
FEW, MOST = 10, 50_000
AUDIENCES = {FEW: 50, 1_000: 50, MOST: 3}
# Posts of one author wait for each other: enough authors that this is not what is measured.
AUTHORS = 200

TEXT = "the quiet library again tomorrow, and a late train with rain on every window " * 2


def measure(bench: Bench) -> Iterator[Figure]:
    newest = finding.newest_post()
    posts = _posts(bench, finding.by_followers(FOLLOWERS, AUTHORS))
    samples = bench.loads("T6: publishing", {"post": posts, "bare": bench.bare("/bench/bare", newest)})
    share = ratios(rates(samples["post"]), rates(samples["bare"]))
    yield Figure(target="T6", what=f"POST with {FOLLOWERS} followers / bare view", rounds=share, at_least=0.2)
    yield from described("T6", f"POST with {FOLLOWERS} followers", samples["post"])
    yield from described("T6", "bare view", samples["bare"])
    yield from _latencies(bench)


def _latencies(bench: Bench) -> Iterator[Figure]:
    """One request at a time: what a post takes, not what many take from each other."""
    authors = {followers: finding.by_followers(followers, count) for followers, count in AUDIENCES.items()}
    loads = {str(followers): _posts(bench, people) for followers, people in authors.items()}
    samples = bench.loads("T6: audiences", loads, connections=1)
    medians = {followers: [sample.load.p50 for sample in samples[str(followers)]] for followers in AUDIENCES}
    growth = ratios(medians[MOST], medians[FEW])
    yield Figure(target="T6", what=f"p50 with {MOST:,} followers / with {FEW}", rounds=growth, at_most=1.5)
    for followers, values in medians.items():
        yield Figure(target="T6", what=f"  p50 with {followers:,} followers", rounds=values, unit="ms")


def _posts(bench: Bench, authors: list[Person]) -> Iterator[bytes]:
    tokens = bench.tokens(authors)
    return itertools.cycle(
        request("POST", "/api/v1/posts", token=tokens[author], body={"text": TEXT}) for author in authors
    )
