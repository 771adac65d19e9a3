"""T8: what people do, in the proportions of DeathStarBench's social network (Gan and others, ASPLOS 2019).

60 % read their home timeline, 30 % somebody's profile timeline, 10 % compose: 256 characters with up to five mentions,
by the people of a friendship graph.
"""

from collections.abc import Iterator

from benchmarks.bench import Bench, rates
from benchmarks.callers import request
from benchmarks.dataset import finding
from benchmarks.dataset.texts import Texts
from benchmarks.measures.home_page import described
from benchmarks.report import Figure, ratios

HOME, PROFILE = 0.6, 0.3
MOST_MENTIONS, CHARACTERS = 5, 256


def measure(bench: Bench) -> Iterator[Figure]:
    newest = finding.newest_post()
    samples = bench.loads("T8: mix", {"mix": mix(bench), "bare": bench.bare("/bench/bare", newest)})
    share = ratios(rates(samples["mix"]), rates(samples["bare"]))
    yield Figure(target="T8", what="60/30/10 mix / bare view", rounds=share, at_least=0.45)
    spread = [sample.load.p99 / sample.load.p50 for sample in samples["mix"]]
    yield Figure(target="T8", what="p99 / p50 of the mix", rounds=spread, digits=1, at_most=5)
    failed = [sum(sample.load.failures.values()) for sample in samples["mix"]]
    yield Figure(target="T8", what="errors", rounds=failed, digits=0, at_most=0)
    yield Figure(target="T8", what="  p50", rounds=[s.load.p50 for s in samples["mix"]], unit="ms", digits=1)
    yield from described("T8", "mix", samples["mix"])
    yield from described("T8", "bare view", samples["bare"])


def mix(bench: Bench) -> Iterator[bytes]:
    """Requests without end; a token serves for as long as it lives."""
    friends, chance, texts = finding.friends(), bench.chance, Texts(bench.chance)
    people, tokens = list(friends), bench.tokens(list(friends))
    while True:
        person, drawn = chance.choice(people), chance.random()
        if drawn < HOME:
            yield request("GET", "/api/v1/timelines/home", token=tokens[person])
        elif drawn < HOME + PROFILE:
            path = f"/api/v1/timelines/profiles/{chance.choice(friends[person])}"
            yield request("GET", path, token=tokens[person])
        else:
            mentioned = chance.sample(friends[person], min(chance.randint(0, MOST_MENTIONS), len(friends[person])))
            text = " ".join([*(f"@{name}" for name in mentioned), texts.sentence(CHARACTERS // 6)])[:CHARACTERS]
            yield request("POST", "/api/v1/posts", token=tokens[person], body={"text": text})
