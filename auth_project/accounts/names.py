"""What a person may be called, and the form in which names are compared: NFKC, then casefold."""

import hashlib
import hmac
import re
import unicodedata

from django.conf import settings

USERNAME = re.compile(r"[a-z0-9_]{3,30}")

# Names that would pass for the service itself, or that read as a path of it (`/users/me`).
RESERVED = frozenset(
    {
        "about", "abuse", "account", "accounts", "admin", "administrator", "anonymous", "api", "auth", "billing",
        "contact", "deleted", "help", "home", "info", "internal", "login", "logout", "mail", "me", "mod", "moderator",
        "moderators", "nobody", "null", "oauth", "official", "owner", "postmaster", "privacy", "register", "root",
        "security", "settings", "signup", "staff", "status", "support", "system", "team", "terms", "undefined", "user",
        "users", "webmaster", "www",
    }
)  # fmt: skip


# What reads alike at a glance, among the characters of a username. Others never get this far: of all scripts' letters
# that look like ours, only those that NFKC turns into ours are taken, and then they are ours.
_LOOK_ALIKES = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"), ("_", ""))


def normalise(text: str) -> str:
    """The form in which usernames and e-mail addresses are compared and looked up."""
    # Casefolding can undo the normal form, so it is made once more (Unicode 16, section 3.13.5).
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def is_username(text: str) -> bool:
    """Whether `text`, already normalised, may be a username as far as its characters go."""
    return USERNAME.fullmatch(text) is not None


def shape(username: str) -> str:
    """What `username` looks like at a glance: two that have one shape could be mistaken for each other."""
    for look, alike in _LOOK_ALIKES:
        username = username.replace(look, alike)
    return username


def is_reserved(username: str) -> bool:
    """Whether a normalised `username` is, or could be taken for, one that would pass for the service itself."""
    return shape(username) in _RESERVED_SHAPES


def retired_id(username: str) -> str:
    """Under which a name that nobody may have again is kept: without the key nobody can tell which name it was."""
    key = settings.RETIRED_NAMES_KEY.encode()
    return hmac.new(key, b"retired name " + normalise(username).encode(), hashlib.sha256).hexdigest()


_RESERVED_SHAPES = frozenset(map(shape, RESERVED))
