"""The hash that a password is checked with where there is nobody.

Note [Nobody's hash]: checking an imported hash takes its own time, which is not that of ours: at the first wrong
password it would tell that there is an account. So while anybody has such a hash, a name that nobody has is checked
with one of the kinds that people have, drawn by a keyed hash of the name and as often as people have that kind. It is
the same at every try, and how long it takes says nothing of whether there is somebody. Renewed hashes and new imports
change the shares; they are counted once a day, and at the end of every import.
"""

from collections import Counter
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from auth_project.accounts import foreign_hashes, passwords, selectors
from auth_project.accounts.models import ForeignHashes
from auth_project.accounts.names import normalise

COUNT_EVERY = timedelta(days=1)
# Of more only the commonest are kept: the others are too few to find by probing.
MOST_KINDS = 50


def hash_for(login: str) -> str:
    """For whoever is called that, should there be nobody; empty: one of ours. One read, whether or not there is."""
    known = selectors.foreign_hashes()
    if known is None:
        return ""
    drawn = _drawn(login) * known.users
    for kind in known.kinds:
        drawn -= kind["users"]
        if drawn < 0:
            return foreign_hashes.of_nobody(kind["figures"])
    return ""


def count(*, now: datetime) -> int:
    """See who has a hash that others made; return how many that are."""
    kinds, users = Counter[str](), 0
    for encoded in selectors.password_hashes():
        users += 1
        kinds["" if passwords.is_todays(encoded) else foreign_hashes.figures(encoded)] += 1
    del kinds[""]
    if not kinds:
        ForeignHashes.objects.filter(pk=ForeignHashes.ONLY).delete()
        return 0
    commonest = [{"figures": figures, "users": number} for figures, number in kinds.most_common(MOST_KINDS)]
    ForeignHashes(pk=ForeignHashes.ONLY, users=users, kinds=commonest, counted_at=now).save()
    return kinds.total()


def count_daily(*, now: datetime) -> int:
    """As above, where there were such hashes a day ago; of many workers one does it."""
    due = ForeignHashes.objects.filter(pk=ForeignHashes.ONLY, counted_at__lt=now - COUNT_EVERY)
    if not due.update(counted_at=now):
        return 0
    return count(now=now)


def _drawn(login: str) -> float:
    """From 0 to 1, always the same for a name."""
    digest = salted_hmac("nobody's hash", normalise(login), algorithm="sha256").digest()
    return int.from_bytes(digest[:8]) / 2**64
