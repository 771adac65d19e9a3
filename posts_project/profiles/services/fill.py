"""Profiles that are not here yet: asked of Auth in one batch, or, while Auth is down, taken from a token's word."""

from collections.abc import Collection
from datetime import UTC, datetime

from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction

from posts_project import sql
from posts_project.auth_client import RemoteUser, auth
from posts_project.events.registry import defer
from posts_project.profiles import tombstones, usernames
from posts_project.profiles.models import Profile
from posts_project.profiles.services.apply import PROVISIONAL, apply_state
from posts_project.profiles.visibility import apart
from shared import snowflakes
from shared.bearer import Viewer
from shared.events import UserState
from shared.problems import NotFound, Problem, ServiceUnavailable
from shared.remote_errors import RemoteError

# A name or id that Auth does not know is not asked for again at once.
ABSENT_SECONDS = 10

_COLUMNS = [column.attname for column in Profile._meta.concrete_fields]
_BY_ID = f"SELECT {', '.join(_COLUMNS)} FROM profile WHERE id = %(id)s"  # noqa: S608 - constants
_BY_NAMES = f"""
    SELECT a.*, {apart("a.id")} AS is_apart FROM profile a WHERE a.username = ANY(%(names)s)
"""  # noqa: S608 - constants


class AccountInactive(Problem):
    status, code, title = 403, "account_inactive", "This account is not active"


def acting(viewer: Viewer) -> Profile:
    """The profile of who is about to write, whether or not Auth can be reached.

    :raises AccountInactive: suspended, deactivated or erased.
    """
    profile = _by_id(viewer.user_id) or _first_seen(viewer)
    if profile is None or not profile.is_present:
        raise AccountInactive
    return profile


def hold(profile: Profile) -> None:
    """Let those who change what `profile` has go one after the other, until this transaction ends: of two at once that
    count how much there is, both would find the last place free.

    :raises AccountInactive: they have left since they were looked up.
    """
    if not Profile.objects.select_for_update(no_key=True).filter(id=profile.id).exists():
        raise AccountInactive


def ensure(ids: Collection[int]) -> dict[int, Profile]:
    """The present profiles among `ids`, missing ones fetched in one call; whom Auth cannot tell of is left out."""
    found = Profile.objects.in_bulk(ids)
    missing = [wanted for wanted in ids if wanted not in found and cache.get(f"absent:{wanted}") is None]
    if missing and _fetched(ids=missing):
        found |= Profile.objects.in_bulk(missing)
    return {profile.id: profile for profile in found.values() if profile.is_present}


def by_username(text: str, *, viewer_id: int) -> Profile:
    """The present profile of that name, as far as it is there for `viewer_id` (0: nobody in particular).

    :raises NotFound: there is none, or a block between the two. :raises ServiceUnavailable: Auth cannot be asked.
    """
    name = usernames.normalised(text)
    profile = _by_names([name], viewer_id).get(name) if name else None
    if profile is None and name and _ask_for_names([name], insist=True):
        profile = _by_names([name], viewer_id).get(name)
    if profile is None or not profile.is_present or profile.is_apart:
        raise NotFound
    return profile


def by_usernames(names: Collection[str], *, viewer_id: int) -> dict[str, Profile]:
    """The profiles among `names` (normalised) that are there for `viewer_id`, missing ones fetched in one call.

    No trouble where that fails: they are left out.
    """
    found = _by_names(names, viewer_id)
    missing = [name for name in names if name not in found]
    if missing and _ask_for_names(missing, insist=False):
        found |= _by_names(missing, viewer_id)
    return {name: profile for name, profile in found.items() if profile.is_present and not profile.is_apart}


def refresh(profile_id: int) -> None:
    """Ask Auth about one profile again.

    :raises RemoteError: it cannot be asked now; the job that calls this is tried again.
    """
    _store(auth().get_users(ids=[profile_id]))


def _by_id(profile_id: int) -> Profile | None:
    """Everybody who writes is looked up first, and the ORM takes longer to put the question than it does to answer."""
    row = sql.row(_BY_ID, {"id": profile_id})
    return Profile.from_db(DEFAULT_DB_ALIAS, _COLUMNS, row) if row else None


def _by_names(names: Collection[str], viewer_id: int) -> dict[str, Profile]:
    if not names:
        return {}  # as for most texts: nobody is mentioned
    found = Profile.objects.raw(_BY_NAMES, {"names": list(names), "viewer": viewer_id})
    return {profile.username: profile for profile in found}


def _ask_for_names(names: Collection[str], *, insist: bool) -> bool:
    """Fetch those of `names` that are not known to be absent; whether anything came.

    :param insist: raise ServiceUnavailable where Auth cannot be asked, rather than go without.
    """
    wanted = [name for name in names if cache.get(f"absent:{name}") is None]
    if not wanted:
        return False
    try:
        users = auth().get_users(usernames=wanted)
    except RemoteError as error:
        if insist:
            raise ServiceUnavailable("This profile is not known here yet, and Auth cannot be asked") from error
        return False
    _store(users)
    for name in set(wanted) - {user.user.username for user in users}:
        cache.set(f"absent:{name}", True, ABSENT_SECONDS)
    return bool(users)


def _fetched(*, ids: Collection[int]) -> bool:
    try:
        users = auth().get_users(ids=ids)
    except RemoteError:
        return False
    _store(users)
    for absent in set(ids) - {user.user.id for user in users}:
        cache.set(f"absent:{absent}", True, ABSENT_SECONDS)
    return bool(users)


def _store(users: list[RemoteUser]) -> None:
    for remote in users:
        try:
            with transaction.atomic():
                apply_state(remote.user, version=remote.sequence)
        except IntegrityError:
            # Somebody else stored the same person or name this very moment: theirs is as good.
            continue


def _first_seen(viewer: Viewer) -> Profile | None:
    """None where they were erased: a token outlives its owner by minutes."""
    if tombstones.stands_for(viewer.user_id):
        return None
    if not _fetched(ids=[viewer.user_id]):
        _store_provisional(viewer)
    return _by_id(viewer.user_id)


def _store_provisional(viewer: Viewer) -> None:
    """Private until Auth says otherwise: what we do not know must not be shown."""
    user = UserState(
        id=viewer.user_id,
        username=viewer.username,
        display_name=viewer.username,
        bio="",
        avatar_url=None,
        is_private=True,
        created_at=_born(viewer.user_id),
        state="active",
    )
    with transaction.atomic():
        apply_state(user, version=PROVISIONAL)
        defer("profiles.refresh", profile_id=viewer.user_id)


def _born(user_id: int) -> datetime:
    return min(snowflakes.created_at(user_id), datetime.now(UTC))
