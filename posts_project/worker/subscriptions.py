"""Every consequence of every event: reading this table is reading the system.

Subscribers run in the transaction of what happened. Those that have much to do defer a job in it.
"""

from posts_project.events.registry import Subscriber
from posts_project.events.services import Received
from posts_project.feeds.services import edges, fan_out, older, owners, pulled
from posts_project.follows.facts import BlockCreated
from posts_project.lists import services as lists
from posts_project.moderation.facts import AppealRejected, DecisionMade, DecisionReversed
from posts_project.notifications.models import Kind
from posts_project.notifications.services import consequences as notifications
from posts_project.notifications.services import tell
from posts_project.profiles.services import apply
from posts_project.revocations import services as revocations
from posts_project.stream import services as stream
from posts_project.worker import erasure, pulling, standing
from shared.events import (
    SessionRevoked,
    SigningKeyRevoked,
    TokensRevoked,
    UserDeactivated,
    UserErased,
    UserReactivated,
    UserRegistered,
    UserUpdated,
)


def apply_profile(received: Received) -> None:
    assert isinstance(received.payload, UserRegistered | UserUpdated | UserDeactivated | UserReactivated)
    received.stale = not apply.apply_state(received.payload.user, version=received.sequence)


def erase_profile(received: Received) -> None:
    assert isinstance(received.payload, UserErased)
    user_id = received.payload.user_id
    received.stale = not apply.erase(user_id, version=received.sequence)
    # Auth says so, too, but the order of the two is free, and nobody may read on without a profile.
    revocations.end_tokens(user_id=user_id, valid_after=received.received_at)


def revoke_session(received: Received) -> None:
    assert isinstance(received.payload, SessionRevoked)
    session = received.payload
    revocations.revoke_session(session_id=session.session_id, expires_at=session.expires_at, now=received.received_at)


def end_tokens(received: Received) -> None:
    assert isinstance(received.payload, TokensRevoked)
    revocations.end_tokens(user_id=received.payload.user_id, valid_after=received.payload.valid_after)


def revoke_key(received: Received) -> None:
    assert isinstance(received.payload, SigningKeyRevoked)
    revocations.revoke_key(kid=received.payload.kid)


def take_off_lists(fact: BlockCreated) -> None:
    lists.part(fact.profile_id, fact.other_id)


def tell_moderated(fact: DecisionMade | DecisionReversed | AppealRejected) -> None:
    tell(profile_id=fact.profile_id, kind=Kind.MODERATION, post_id=fact.post_id)


SUBSCRIBERS: dict[str, list[Subscriber]] = {
    # from Auth
    "user.registered": [apply_profile],
    "user.updated": [apply_profile],
    "user.deactivated": [apply_profile],
    "user.reactivated": [apply_profile],
    "user.erased": [erase_profile],
    "session.revoked": [revoke_session],
    "tokens.revoked": [end_tokens],
    "signing_key.revoked": [revoke_key],
    # recorded here
    "events.missed": [pulling.begin],
    "profile.created": [owners.open_for_newcomer],
    "profile.erased": [erasure.begin],
    "follow.created": [edges.backfill, notifications.tell_followed],
    "follow.removed": [edges.purge],
    "follow.requested": [notifications.tell_asked],
    "block.created": [take_off_lists],
    "follow.unpulled": [edges.backfill_unpulled],
    "pulling.changed": [pulled.follow_change],
    "post.published": [fan_out.fan_out, notifications.tell_named, stream.announce_post],
    "post.liked": [notifications.tell_liked],
    "post.reposted": [fan_out.fan_out_repost, notifications.tell_reposted, stream.announce_repost],
    "post.deleted": [notifications.forget_post],
    "posts.imported": [older.fill_soon],
    "poll.closed": [notifications.tell_of_closing],
    "notifications.told": [stream.announce_told],
    "decision.made": [tell_moderated],
    "decision.reversed": [tell_moderated],
    "appeal.rejected": [tell_moderated],
    "standing.changed": [standing.begin],
}
