"""Telling Auth whom moderators have suspended, so that nobody stays signed in there, and whom it may let in again.

What is told is how the profile stands when the job runs: after an outage that is one event, however much happened.
"""

from posts_project.auth_client import auth
from posts_project.events.registry import defer
from posts_project.moderation import selectors
from posts_project.moderation.facts import StandingChanged
from posts_project.moderation.selectors import Word
from posts_project.worker.erasure import SOURCE, NotTaken
from shared.events import Event, Payload, ProfileReinstated, ProfileSuspended
from shared.pseudonyms import pseudonym

TELL = "worker.tell_standing"


def begin(fact: StandingChanged) -> None:
    defer(TELL, profile_id=fact.profile_id)


def tell_auth(profile_id: int) -> None:
    """Tell the last word about a profile. The event's id is the same at every try, so that Auth takes one.

    :raises RemoteError, NotTaken: the job that calls this is tried again.
    """
    word = selectors.last_word(profile_id)
    if word is None:
        return  # they have left for good meanwhile
    payload = _payload(profile_id, word)
    event = Event(
        id=f"standing-{pseudonym('event of standing', f'{profile_id} {word.number}')[:40]}",
        type=payload.type,
        source=SOURCE,
        subject=str(profile_id),
        sequence=word.number,
        time=word.said_at,
        data=payload.to_data(),
    )
    result = auth().send(event)
    if result.status == "rejected":
        raise NotTaken(result.reason)


def _payload(profile_id: int, word: Word) -> Payload:
    if word.suspension is None:
        return ProfileReinstated(user_id=profile_id)
    return ProfileSuspended(user_id=profile_id, reason=word.suspension.text, until=word.suspension.until)
