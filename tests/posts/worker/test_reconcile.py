"""Whatever was lost between the services is found, and what need not be guessed is mended."""

import logging
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from posts_project.auth_client import RemoteUser
from posts_project.events import services
from posts_project.events.models import EventPosition, InboxEvent
from posts_project.profiles.models import Profile
from posts_project.profiles.services import apply, standing
from posts_project.revocations.models import RevokedSession, TokensEnded
from posts_project.worker import erasure, reconcile
from shared.events import (
    Event,
    Payload,
    SessionRevoked,
    TokensRevoked,
    UserDeactivated,
    UserErased,
    UserReactivated,
    UserRegistered,
    UserState,
    UserUpdated,
)
from tests.posts.conftest import JobRunner
from tests.posts.fakes import FakeAuthClient
from tests.posts.people import user
from tests.posts.told import told

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
logger = logging.getLogger(__name__)
# More take minutes; as many as one likes are shown by this variable.
EVENTS = int(os.environ.get("RECONCILE_EVENTS", "1500"))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "SECOND_LOOK_SECONDS", 0)


@dataclass
class Both:
    """A user whom both sides know alike, and how to make them differ."""

    auth: FakeAuthClient
    state: UserState
    sequence: int = 3

    def __post_init__(self) -> None:
        self.at_auth()
        apply.apply_state(self.state, version=self.sequence)

    @property
    def profile(self) -> Profile:
        return Profile.objects.get(id=self.state.id)

    def at_auth(self, *, sequence: int = 0, **changes: object) -> None:
        self.state, self.sequence = replace(self.state, **changes), sequence or self.sequence
        self.auth.knows(RemoteUser(user=self.state, sequence=self.sequence))

    def told(self, payload: Payload) -> Event:
        self.auth.events.append(told(payload, self.state.id, self.sequence + 1))
        return self.auth.events[-1]


@pytest.fixture
def ada(auth: FakeAuthClient) -> Both:
    return Both(auth, user("ada"))


def run(*options: str) -> tuple[str, int]:
    """What it printed, and its exit status."""
    out = StringIO()
    try:
        call_command("reconcile", *options, stdout=out)
    except CommandError as error:
        return out.getvalue() + f"{error}\n", error.returncode
    return out.getvalue(), 0


def ended(both: Both) -> SessionRevoked:
    return SessionRevoked(user_id=both.state.id, session_id="s", expires_at=timezone.now() + timedelta(minutes=4))


def lose_profile(both: Both) -> None:
    both.profile.delete()


def change_at_auth(both: Both) -> None:
    both.at_auth(bio="new", sequence=4)


def change_here(both: Both) -> None:
    Profile.objects.filter(id=both.state.id).update(bio="nobody said this")


def lose_session(both: Both) -> None:
    both.told(ended(both))


def lose_tokens(both: Both) -> None:
    both.told(TokensRevoked(user_id=both.state.id, valid_after=timezone.now()))


def lose_erasure(both: Both) -> None:
    both.told(UserErased(user_id=both.state.id))
    del both.auth.users[both.state.id]


def lose_last_event(both: Both) -> None:
    EventPosition.objects.create(subject=services.subject_of(both.state.id), sequence=2)


PLANTED: dict[str, Callable[[Both], None]] = {
    "no profile": lose_profile,
    "outdated profile": change_at_auth,
    "different profile": change_here,
    "unknown to Auth": lose_erasure,
    "session not ended": lose_session,
    "tokens not ended": lose_tokens,
    "events missing": lose_last_event,
}


@pytest.mark.parametrize("state", ["active", "suspended"])
def test_whom_moderators_suspended_is_no_difference(ada: Both, state: str) -> None:
    """Before and after Auth has heard of it."""
    assert standing.suspend(ada.state.id)
    ada.at_auth(state=state, sequence=4)
    apply.apply_state(ada.state, version=4)

    assert run() == ("There is no difference.\n", 0)
    assert ada.profile.state == "suspended"


def test_two_that_agree_have_no_difference(ada: Both) -> None:
    assert run() == ("There is no difference.\n", 0)


@pytest.mark.parametrize("kind", PLANTED)
def test_each_kind_is_found_and_left_without_fix_and_mended_with_it(ada: Both, kind: str) -> None:
    PLANTED[kind](ada)
    line = f"user {ada.state.id}: {kind}"

    assert run() == (f"{line}\n{kind}: 1 found, 0 mended\n1 differences are left.\n", 1)
    assert run() == run()
    assert run("--fix") == (f"{line}, mended\n{kind}: 1 found, 1 mended\nNo difference is left.\n", 0)
    assert run() == ("There is no difference.\n", 0)


def test_a_mended_profile_is_as_auth_says(ada: Both) -> None:
    change_here(ada)
    change_at_auth(ada)

    run("--fix")

    assert (ada.profile.bio, ada.profile.version) == ("new", 4)


def test_mended_revocations_are_in_force(ada: Both) -> None:
    lose_session(ada)
    lose_tokens(ada)

    run("--fix")

    assert RevokedSession.objects.get().session_id == "s"
    assert TokensEnded.objects.get().user_id == ada.state.id


def forget_at_auth(both: Both) -> None:
    del both.auth.users[both.state.id]


def erase_here(both: Both) -> None:
    apply.erase(both.state.id, version=9)


def purge_here(both: Both) -> None:
    apply.erase(both.state.id, version=9)
    erasure.purge_profile(both.state.id, username=both.state.username, now=timezone.now())


def restore_auth(both: Both) -> None:
    both.at_auth(bio="of yesterday", sequence=1)


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (forget_at_auth, "unknown to Auth"),
        (erase_here, "erased here alone"),
        (purge_here, "erased here alone"),
        (restore_auth, "profile newer than Auth"),
    ],
)
def test_what_would_have_to_be_guessed_is_told_and_left(ada: Both, plant: Callable[[Both], None], kind: str) -> None:
    plant(ada)
    before = list(Profile.objects.values())

    assert run("--fix") == (
        f"user {ada.state.id}: {kind}\n{kind}: 1 found, 0 mended\n1 differences are left.\n", 1,
    )  # fmt: skip
    assert list(Profile.objects.values()) == before


def test_news_on_its_way_is_no_difference(ada: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    change_at_auth(ada)
    event = ada.told(ended(ada))

    def arrive(_: float) -> None:
        apply.apply_state(ada.state, version=ada.sequence)
        services.receive([event.to_json()], now=timezone.now())
        EventPosition.objects.update(sequence=event.sequence, is_behind=False)

    monkeypatch.setattr("time.sleep", arrive)

    assert run() == ("There is no difference.\n", 0)


def test_it_goes_on_after_a_user(ada: Both, auth: FakeAuthClient) -> None:
    lose_profile(ada)
    bob = Both(auth, user("bob"))
    lose_profile(bob)

    assert run("--after", str(ada.state.id)) == (
        f"user {bob.state.id}: no profile\nno profile: 1 found, 0 mended\n1 differences are left.\n", 1,
    )  # fmt: skip


def test_while_auth_is_away_it_says_how_to_go_on(ada: Both, auth: FakeAuthClient) -> None:
    auth.down = True

    assert run("--fix", "--after", "5") == ("Auth does not answer (auth: down). Go on with --only auth --after 5.\n", 3)


def test_of_many_differences_some_are_named_and_all_counted(auth: FakeAuthClient) -> None:
    auth.page = 10
    for number in range(25):
        lose_profile(Both(auth, user(f"user_{number}")))

    said, status = run("--fix")

    assert said.count(": no profile, mended\n") == 20
    assert said.endswith("… and 5 more\nno profile: 25 found, 25 mended\nNo difference is left.\n")
    assert status == 0


def test_after_doubled_shuffled_and_lost_events_all_is_as_auth_has_it(auth: FakeAuthClient, jobs: JobRunner) -> None:
    """F10 of the fault plan: 30 % doubled, out of order within 100, 10 % lost."""
    rng = random.Random(7)
    made = list(happenings(auth, rng, people=EVENTS // 25, count=EVENTS))
    arriving = spoilt(made, rng)

    for start in range(0, len(arriving), 100):
        services.receive([event.to_json() for event in arriving[start : start + 100]], now=timezone.now())
    found_by_itself = jobs.run(by=timezone.now() + timedelta(seconds=6))
    said, status = run("--fix")
    logger.info("%d events, %d arrived; %d jobs; %s", len(made), len(arriving), len(found_by_itself), said)

    assert "worker.pull_events" in found_by_itself
    assert (status, said.splitlines()[-1]) in {(0, "No difference is left."), (0, "There is no difference.")}
    assert run() == ("There is no difference.\n", 0)
    assert {one.id: reconcile._as_told(one) for one in Profile.objects.exclude(state="erased")} == {
        one: asdict(known.user) for one, known in auth.users.items()
    }
    erased = {event.subject for event in made if event.type == UserErased.type}
    kept = {*InboxEvent.objects.values_list("id", flat=True)}
    assert {event.id for event in arriving if event.subject not in erased} <= kept <= {event.id for event in made}


def happenings(auth: FakeAuthClient, rng: random.Random, *, people: int, count: int) -> Iterator[Event]:
    """What happens at Auth to so many people, who are all known and remembered there."""
    states = {state.id: state for state in (user(f"person_{number}") for number in range(people))}
    sequences = dict.fromkeys(states, 0)
    for _ in range(count):
        one = rng.choice([*states])
        payload = _next(states[one], sequences[one], rng)
        sequences[one] += 1
        event = told(payload, one, sequences[one])
        auth.events.append(event)
        if isinstance(payload, UserErased):
            del states[one]
            auth.users.pop(one)
        else:
            states[one] = getattr(payload, "user", states[one])
            auth.knows(RemoteUser(user=states[one], sequence=sequences[one]))
        yield event


def _next(state: UserState, sequence: int, rng: random.Random) -> Payload:
    if not sequence:
        return UserRegistered(user=state)
    soon = timezone.now() + timedelta(minutes=4)
    choices: list[tuple[Payload, int]] = [
        (UserUpdated(user=replace(state, bio=f"as of {sequence}")), 40),
        (UserDeactivated(user=replace(state, state="deactivated")), 5),
        (UserReactivated(user=replace(state, state="active")), 5),
        (SessionRevoked(user_id=state.id, session_id=f"{state.id}-{sequence}", expires_at=soon), 30),
        (TokensRevoked(user_id=state.id, valid_after=timezone.now()), 10),
        (UserErased(user_id=state.id), 1),
    ]
    return rng.choices([one for one, _ in choices], [weight for _, weight in choices])[0]


def spoilt(events: list[Event], rng: random.Random) -> list[Event]:
    arriving = [event for event in events if rng.random() >= 0.1]
    arriving += [event for event in arriving if rng.random() < 0.3]
    place = {event.id: number for number, event in enumerate(events)}
    return sorted(arriving, key=lambda event: place[event.id] + rng.uniform(0, 100))
