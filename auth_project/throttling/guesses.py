"""How often a password or a one-time code may be guessed, so that nobody finds it and nobody is locked out by others.

Note [Who is locked out]: wrong passwords count by the name that was typed, known or not, so that being refused tells
nothing about who has an account. From one address ten are taken in a quarter of an hour; from all addresses together a
hundred in a day. An address from which the account has signed in before is spared the latter, so strangers can use up
only what strangers have. Live sessions, refreshing and a password reset ask no password, and a reset forgives
everything. Each count comes before the check that it is for: of many guesses at once no more are judged than may be.
The audit is told of the first one that is refused in a window, and not of each.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from auth_project.audit.events import Event
from auth_project.audit.trail import note
from auth_project.throttling import counters
from auth_project.throttling.counters import Rule
from shared.problems import Throttled

PASSWORDS_FROM_ADDRESS = Rule(name="password", limit=10, window=timedelta(minutes=15))
PASSWORDS_FROM_STRANGERS = Rule(name="password-anywhere", limit=100, window=timedelta(days=1))
MAILS = Rule(name="mail", limit=5, window=timedelta(hours=1))
CODES = Rule(name="code", limit=5, window=timedelta(minutes=15))
SIGN_INS = Rule(name="signed-in", limit=0, window=timedelta(days=90))


@dataclass(frozen=True, kw_only=True)
class Guesser:
    """Somebody at `network` who says to be `login`, in its normalised form; `account` is 0 where nobody is."""

    login: str
    account: int
    network: str

    def count_password(self, *, now: datetime) -> None:
        """:raises Throttled: too many were wrong lately."""
        self._count(PASSWORDS_FROM_ADDRESS, self.login, self.network, now=now)
        if not self.is_known(now=now):
            self._count(PASSWORDS_FROM_STRANGERS, self.login, now=now)

    def count_code(self, *, now: datetime) -> None:
        """:raises Throttled: too many were wrong lately."""
        self._count(CODES, *self._code_parts(now), now=now)

    def forgive_codes(self, *, now: datetime) -> None:
        counters.clear([CODES.key(*self._code_parts(now))])

    def is_known(self, *, now: datetime) -> bool:
        """Whether the account was signed in to from this address within the last ninety days."""
        return counters.is_counted(self._sign_ins, now=now)

    def remember(self, *, now: datetime) -> None:
        """The account has been signed in to from this address; mostly that is known, and asking is cheaper."""
        if not self.is_known(now=now):
            counters.hit(SIGN_INS, self._sign_ins, now=now)

    @property
    def _sign_ins(self) -> str:
        return SIGN_INS.key(str(self.account), self.network)

    def _count(self, rule: Rule, *parts: str, now: datetime) -> None:
        count = counters.hit(rule, rule.key(*parts), now=now)
        if rule.is_exceeded(count):
            if rule.is_just_exceeded(count):
                note(Event.LOGIN_THROTTLED, user_id=self.account or None, limit=rule.name)
            raise Throttled("Too many wrong attempts", retry_after=count.resets_in)

    def _code_parts(self, now: datetime) -> tuple[str, str]:
        return str(self.account), self.network if self.is_known(now=now) else "elsewhere"


def forgive_passwords(*logins: str, network: str) -> None:
    """Forget what was wrong under `logins` from that address, and from strangers."""
    here = [PASSWORDS_FROM_ADDRESS.key(login, network) for login in logins]
    counters.clear([*here, *(PASSWORDS_FROM_STRANGERS.key(login) for login in logins)])


def may_be_mailed(address: str, *, now: datetime) -> bool:
    """Whether one more mail may go to `address` because somebody, anybody, asks; counts that one."""
    return not MAILS.is_exceeded(counters.hit(MAILS, MAILS.key(address), now=now))
