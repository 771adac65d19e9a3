"""Which passwords are taken, and how one is checked."""

import unicodedata
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth import hashers
from django.contrib.auth.password_validation import CommonPasswordValidator
from rest_framework.exceptions import ValidationError
from zxcvbn import zxcvbn

from auth_project.accounts import foreign_hashes
from auth_project.accounts.hashers import Argon2idHasher
from auth_project.accounts.models import User
from auth_project.accounts.names import normalise

LONGEST = 256
# zxcvbn's scale from 0 to 4: a million guesses and more, where throttles leave an attacker a hundred a day.
LEAST_SCORE = 2
# A shorter word is part of too many good passwords to refuse it outright, or even to take it out.
SHORTEST_TELLING_WORD = 4
SHORTEST_KNOWN_WORD = 3

# zxcvbn reads these as letters, in every combination; a password full of them would keep it busy for seconds.
_STAND_INS = frozenset("4@8({[<3691!|70$5+%2")
_MOST_STAND_INS = 4
_JUDGED = 72
_JUDGED_WITH_STAND_INS = 16

_common = CommonPasswordValidator().passwords
_HASH_OF_NOBODY = Argon2idHasher().hash_of_nobody()
zxcvbn("its lists are read once, and before threads share them")


def refuse_weak(password: str, *, username: str, email: str) -> None:
    """No rules on its composition, and nothing of it is repeated (NIST SP 800-63B).

    :param username, email: whose it is to be; an attacker would try those first.
    :raises ValidationError: with the reason.
    """
    plain, folded = _prepared(password), normalise(password)
    if len(plain) < settings.PASSWORD_MIN_LENGTH:
        raise ValidationError(f"Must have at least {settings.PASSWORD_MIN_LENGTH} characters.", code="min_length")
    if len(plain) > LONGEST:
        raise ValidationError(f"Must have at most {LONGEST} characters.", code="max_length")
    if folded in _common or plain.lower().strip() in _common:
        raise ValidationError("Is one of the most common passwords.", code="too_common")
    telling = [normalise(word) for word in (username, email, settings.SITE_NAME)]
    is_telling = any(len(word) >= SHORTEST_TELLING_WORD and word in folded for word in telling)
    rest = _without([*telling, *normalise(email).split("@")], folded)
    if is_telling or (rest != folded and _weakness(rest)):
        raise ValidationError("Is too close to your username, your address or our name.", code="too_similar")
    if weakness := _weakness(plain):
        raise ValidationError(weakness, code="too_weak")


def hashed(password: str) -> str:
    return hashers.make_password(_prepared(password))


def unusable() -> str:
    """What stands in the place of a hash that no password fits."""
    return hashers.make_password(None)


def matches(user: User | None, password: str, *, of_nobody: str = "") -> bool:
    """Whether `password` is the user's; for nobody the same work is done and the answer is no.

    A hash made with other parameters than today's is renewed in passing.

    :param of_nobody: the hash to do that work with: see Note [Nobody's hash].
    """
    if user is None:
        encoded = of_nobody or _HASH_OF_NOBODY
        for form in _forms(password, encoded):
            hashers.check_password(form, encoded)
        return False
    return any(
        hashers.check_password(form, user.password, setter=lambda _: _renew(user, _prepared(password)))
        for form in _forms(password, user.password)
    )


def _without(words: Iterable[str], folded: str) -> str:
    """What is left of a password when what anybody knows is taken out; longest first, as one word may hold another."""
    for word in sorted(words, key=len, reverse=True):
        folded = folded.replace(word, "") if len(word) >= SHORTEST_KNOWN_WORD else folded
    return folded


def _weakness(text: str) -> str:
    """Why `text` is too easy to guess; empty where it is not."""
    if not text:
        return "Is too easy to guess."
    # zxcvbn's own way to name known words is one list for all threads of a process, so it is not used.
    has_many = len(_STAND_INS.intersection(text)) > _MOST_STAND_INS
    verdict = zxcvbn(text[: _JUDGED_WITH_STAND_INS if has_many else _JUDGED])
    return "" if verdict["score"] >= LEAST_SCORE else f"Is too easy to guess. {verdict['feedback']['warning']}".strip()


def is_todays(encoded: str) -> bool:
    """Whether a hash has the figures that new ones get."""
    return encoded.split("$")[:4] == _HASH_OF_NOBODY.split("$")[:4]


def _forms(password: str, encoded: str) -> list[str]:
    """As what to check a password: where others hashed it, they may have done so to the letter."""
    prepared = _prepared(password)
    is_foreign = bool(foreign_hashes.figures(encoded)) and not is_todays(encoded)
    return [prepared, password] if is_foreign and prepared != password else [prepared]


def _renew(user: User, prepared: str) -> None:
    """Only over the hash that was just checked: a password changed in this very moment must not come back."""
    renewed = hashers.make_password(prepared)
    if User.objects.filter(pk=user.pk, password=user.password).update(password=renewed):
        user.password = renewed


def _prepared(password: str) -> str:
    """One form for what different keyboards send for the same characters (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
