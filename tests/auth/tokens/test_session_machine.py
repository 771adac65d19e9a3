"""Sessions and refresh families against a model, through 10,000 random steps.

`STATE_MACHINE_STEPS` takes another number of them.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from auth_project.accounts.models import User
from auth_project.tokens import selectors, services
from auth_project.tokens.models import ABSOLUTE_LIMIT, IDLE_LIMIT, MOST_SESSIONS, Session
from auth_project.tokens.refresh_tokens import RefreshToken, new_sid
from auth_project.tokens.services import REPLAY_WINDOW, Device, TokenReused
from shared.problems import NotFound, Problem, TokenExpired, TokenInvalid, TokenRevoked
from tests.auth.fakes import NOW, make_user

STEPS = int(os.environ.get("STATE_MACHINE_STEPS", "10000"))
STEPS_PER_RUN = 50
# So that two processes have their part of it.
SHARES = 4
MILLISECOND = timedelta(milliseconds=1)


@dataclass
class Family:
    """What should be true of one session: its tokens in order, the last of which is good."""

    born_at: datetime
    used_at: datetime
    tokens: list[str]
    is_over: bool = False

    @property
    def sid(self) -> str:
        return RefreshToken.parse(self.tokens[0]).sid

    def has_expired(self, now: datetime) -> bool:
        return now >= min(self.born_at + ABSOLUTE_LIMIT, self.used_at + IDLE_LIMIT)


class Sessions(RuleBasedStateMachine):
    @initialize()
    def a_user_who_has_signed_in(self) -> None:
        self.user = make_user("ada")
        self.now = NOW
        self.valid_after: datetime | None = None
        self.families: list[Family] = []
        self.told: list[str] = []
        self.sign_in()

    def teardown(self) -> None:
        self._compare_hashes()
        self._compare_what_posts_was_told()
        for name in ("users", "sessions", "outbox", "counters"):
            connection.database[name].delete_many({})

    @rule()
    def sign_in(self) -> None:
        # Two sign-ins in one millisecond have no order, so the fifty-first would not know which is older.
        self.now += MILLISECOND
        self._make_room()
        pair = services.start_session(user=self.user, device=Device(ip=None, user_agent=""), now=self.now)
        self.families.append(Family(born_at=self.now, used_at=self.now, tokens=[pair.refresh]))

    @rule(seconds=st.sampled_from([1, 9, 10, 11, 60]))
    def wait_a_moment(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(days=st.sampled_from([1, 7, 13, 14, 30]))
    def wait_for_days(self, days: int) -> None:
        self.now += timedelta(days=days)

    @precondition(lambda self: self.families)
    @rule(which=st.integers(0), age=st.sampled_from([0, 0, 0, 1, 1, 2, 3]))
    def refresh(self, which: int, age: int) -> None:
        """With the present token, its parent, or an older one."""
        family = self.families[which % len(self.families)]
        age = min(age, len(family.tokens) - 1)
        token, expected = family.tokens[-1 - age], self._expected(family, age)

        try:
            answer: object = services.refresh(token=token, now=self.now).refresh
        except Problem as refusal:
            answer = type(refusal)

        if isinstance(expected, str):
            assert answer == expected
        elif expected is None:
            assert isinstance(answer, str)
            assert answer not in family.tokens
            family.tokens.append(answer)
            family.used_at = self.now
        else:
            assert answer is expected
            if expected is TokenReused:
                self._over(family)

    @precondition(lambda self: self.families)
    @rule(which=st.integers(0), bit=st.integers(0, 500))
    def refresh_with_a_changed_token(self, which: int, bit: int) -> None:
        token = self.families[which % len(self.families)].tokens[-1]
        at = bit % len(token)
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        self._refused(changed, TokenInvalid)

    @rule()
    def refresh_with_a_token_of_no_session(self) -> None:
        self._refused(str(RefreshToken.first(new_sid())), TokenInvalid)

    @precondition(lambda self: self.families)
    @rule(which=st.integers(0))
    def end_one(self, which: int) -> None:
        family = self.families[which % len(self.families)]
        lives = self._lives(family)
        try:
            services.end_own_session(user=self.user, session_id=family.sid, now=self.now)
        except NotFound:
            assert not lives
        else:
            assert lives
            self._over(family)

    @precondition(lambda self: self.families)
    @rule(which=st.integers(0))
    def end_all_but_one(self, which: int) -> None:
        kept = self.families[which % len(self.families)]
        self._end_others(keep=kept.sid)
        for family in reversed(self._living()):
            if family is not kept:
                self._over(family)

    @precondition(lambda self: self._living())
    @rule()
    def end_everything(self) -> None:
        self.now += MILLISECOND
        self._end_others(keep=None)
        self.user = User.objects.get(pk=self.user.pk)
        self.valid_after = self.now
        self.told.append("tokens.revoked")

    @invariant()
    def the_list_shows_what_lives(self) -> None:
        listed = [session.pk for session in selectors.live_sessions(self.user, now=self.now)]
        assert listed == [family.sid for family in reversed(self._living())]
        assert len(listed) <= MOST_SESSIONS

    def _compare_what_posts_was_told(self) -> None:
        """Once of every end, in the order of the ends, which their numbers keep until all is over."""
        found = connection.database["outbox"].find(sort=[("sequence", 1)])
        told = [(event["sequence"], event["data"].get("session_id", event["type"])) for event in found]
        assert told == list(enumerate(self.told, 1))

    def _compare_hashes(self) -> None:
        stored = {session.pk: session for session in Session.objects.all()}
        for family in self.families:
            present = RefreshToken.parse(family.tokens[-1])
            assert (stored[family.sid].generation, stored[family.sid].token_hash) == (
                len(family.tokens) - 1,
                present.hash,
            )

    def _expected(self, family: Family, age: int) -> str | type[Problem] | None:
        """A known successor, a refusal, or None for a successor that is not known yet."""
        if family.is_over:
            return TokenRevoked
        if family.has_expired(self.now):
            return TokenExpired
        is_void = self.valid_after is not None and family.born_at < self.valid_after
        if age == 0:
            return self._refused_when_void(family) if is_void else None
        if age == 1 and self.now - family.used_at <= REPLAY_WINDOW:
            return TokenRevoked if is_void else family.tokens[-1]
        return TokenReused

    def _refused_when_void(self, family: Family) -> type[Problem]:
        """The token is used up all the same."""
        family.tokens.append(str(RefreshToken.parse(family.tokens[-1]).successor()))
        family.used_at = self.now
        return TokenRevoked

    def _refused(self, token: str, refusal: type[Problem]) -> None:
        try:
            services.refresh(token=token, now=self.now)
        except refusal:
            return
        raise AssertionError(f"not refused with {refusal.__name__}")

    def _end_others(self, *, keep: str | None) -> None:
        services.end_others(user_id=self.user.pk, keep=keep, reason=Session.EndReason.BY_USER, now=self.now)

    def _make_room(self) -> None:
        living = self._living()
        for family in living[: max(0, len(living) + 1 - MOST_SESSIONS)]:
            self._over(family)

    def _living(self) -> list[Family]:
        return [family for family in self.families if self._lives(family)]

    def _lives(self, family: Family) -> bool:
        is_void = self.valid_after is not None and family.born_at < self.valid_after
        return not family.is_over and not is_void and not family.has_expired(self.now)

    def _over(self, family: Family) -> None:
        family.is_over = True
        self.told.append(family.sid)


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_sessions_are_what_the_model_says(share: int) -> None:
    run_state_machine_as_test(
        Sessions,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_PER_RUN // SHARES),
            stateful_step_count=STEPS_PER_RUN,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
