"""Password hashes that others made: which are taken, and how much work one may be to check.

Each is checked when its owner signs in, and whoever guesses at their password has that work done too. So what takes
more than about a second, or 128 MiB, is refused at the door: nothing at sign-in looks at the figures any more.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass

LONGEST = 128  # the column's
MOST_PBKDF2_ITERATIONS = 2_000_000
LEAST_BCRYPT_COST, MOST_BCRYPT_COST = 4, 14
MOST_ARGON2_KIB, MOST_ARGON2_KIB_PASSES, MOST_ARGON2_LANES = 131_072, 524_288, 16
# scrypt takes 128 bytes for each of N times r, and works that through p times.
MOST_SCRYPT_BLOCKS, MOST_SCRYPT_WORK = 2**20, 2**21

TAKEN = "pbkdf2_sha256, argon2, bcrypt_sha256, bcrypt and scrypt as Django writes them, plain bcrypt and plain argon2"

_BCRYPT = r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]"
_ARGON2 = r"\$(argon2id?)\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,10})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}"
_SALT = r"[!-#%-~]{1,64}"


class HashRefused(ValueError):
    """:ivar code: `unknown`, `malformed` or `too_much_work`."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """:ivar form: whose first groups are the figures. :ivar too_much: what is wrong with them, or nothing.
    :ivar of_nobody: a hash with those figures that no password has."""

    form: re.Pattern[str]
    too_much: Callable[..., str]
    of_nobody: Callable[..., str]


def accepted(text: str) -> str:
    """The hash in the form in which it is stored.

    :raises HashRefused: it is none that could be checked, or that we want to.
    """
    encoded = _as_django_writes_it(text)
    name = encoded.partition("$")[0]
    if name not in _KINDS:
        raise HashRefused("unknown", f"Is of no kind that is taken: {TAKEN}.")
    matched = _KINDS[name].form.fullmatch(encoded)
    if matched is None or len(encoded) > LONGEST or not all(_is_base64(text) for text in _encoded_parts(encoded)):
        raise HashRefused("malformed", f"Is no well-formed hash of {name}.")
    if reason := _KINDS[name].too_much(*matched.groups()):
        raise HashRefused("too_much_work", reason)
    return encoded


def figures(encoded: str) -> str:
    """What the work of checking a hash depends on, as `name$figure$…`; empty where it is none of these."""
    name = encoded.partition("$")[0]
    matched = _KINDS[name].form.fullmatch(encoded) if name in _KINDS else None
    return "$".join([name, *matched.groups()]) if matched else ""


def of_nobody(figures: str) -> str:
    """A well-formed hash that no password has; checking it is as much work as any other with those figures."""
    name, *values = figures.split("$")
    return _KINDS[name].of_nobody(*values)


def _as_django_writes_it(text: str) -> str:
    if text.startswith("$2"):
        # Three names of one algorithm, of which only the first is still given.
        return re.sub(r"^\$2[ay]\$", "$2b$", text).join(["bcrypt$", ""])
    return f"argon2{text}" if text.startswith("$argon2") else text


def _encoded_parts(encoded: str) -> list[str]:
    """Those that must be base64 with nothing left over, as a checker would read them."""
    name, *parts = encoded.split("$")
    return {"argon2": parts[-2:], "pbkdf2_sha256": parts[-1:], "scrypt": parts[-1:]}.get(name, [])


def _is_base64(text: str) -> bool:
    bare = text.rstrip("=")
    try:
        return base64.b64encode(base64.b64decode(bare + "=" * (-len(bare) % 4))).decode().rstrip("=") == bare
    except ValueError:
        return False


def _pbkdf2(iterations: str) -> str:
    is_fine = int(iterations) <= MOST_PBKDF2_ITERATIONS
    return "" if is_fine else f"Takes too long to check: at most {MOST_PBKDF2_ITERATIONS} iterations are taken."


def _bcrypt(cost: str) -> str:
    is_fine = LEAST_BCRYPT_COST <= int(cost) <= MOST_BCRYPT_COST
    return "" if is_fine else f"Takes too long to check: a cost of {LEAST_BCRYPT_COST} to {MOST_BCRYPT_COST} is taken."


def _argon2(variety: str, memory: str, passes: str, lanes: str) -> str:
    m, t, p = int(memory), int(passes), int(lanes)
    if m > MOST_ARGON2_KIB or m * t > MOST_ARGON2_KIB_PASSES or p > MOST_ARGON2_LANES:
        return (
            f"Takes too much to check: at most m={MOST_ARGON2_KIB}, p={MOST_ARGON2_LANES}, and m times t of"
            f" {MOST_ARGON2_KIB_PASSES} are taken."
        )
    return "" if t >= 1 and p >= 1 and m >= 8 * p else "Has figures that argon2 does not know."


def _scrypt(work: str, block: str, lanes: str) -> str:
    n, r, p = int(work), int(block), int(lanes)
    if n * r > MOST_SCRYPT_BLOCKS or n * r * p > MOST_SCRYPT_WORK:
        return f"Takes too much to check: N times r of {MOST_SCRYPT_BLOCKS}, N times r times p of {MOST_SCRYPT_WORK}"
    return "" if n >= 2 and not n & (n - 1) and r >= 1 and p >= 1 else "Has figures that scrypt does not know."


_KINDS = {
    "pbkdf2_sha256": _Kind(
        form=re.compile(rf"pbkdf2_sha256\$([1-9]\d{{0,9}})\${_SALT}\$[A-Za-z0-9+/]{{43}}="),
        too_much=_pbkdf2,
        of_nobody=lambda iterations: f"pbkdf2_sha256${iterations}${'a' * 22}${'A' * 43}=",
    ),
    "bcrypt": _Kind(
        form=re.compile(rf"bcrypt\${_BCRYPT}"),
        too_much=_bcrypt,
        of_nobody=lambda cost: f"bcrypt$$2b${cost}${'.' * 53}",
    ),
    "bcrypt_sha256": _Kind(
        form=re.compile(rf"bcrypt_sha256\${_BCRYPT}"),
        too_much=_bcrypt,
        of_nobody=lambda cost: f"bcrypt_sha256$$2b${cost}${'.' * 53}",
    ),
    "argon2": _Kind(
        form=re.compile(rf"argon2{_ARGON2}"),
        too_much=_argon2,
        of_nobody=lambda kind, m, t, p: f"argon2${kind}$v=19$m={m},t={t},p={p}${'A' * 22}${'A' * 43}",
    ),
    "scrypt": _Kind(
        form=re.compile(rf"scrypt\$([1-9]\d{{0,9}})\${_SALT}\$(\d{{1,5}})\$(\d{{1,5}})\$[A-Za-z0-9+/]{{86}}=="),
        too_much=_scrypt,
        of_nobody=lambda n, r, p: f"scrypt${n}${'a' * 16}${r}${p}${'A' * 86}==",
    ),
}
