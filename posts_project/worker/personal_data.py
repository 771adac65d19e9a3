"""Where this service keeps what of people, and how it is erased: one line for each model; a test misses none.

A line says how the rows of one person go, or why there are none. Those of `AT_LAST` go together, in the transaction
that completes an erasure; the others before that, in steps that may be repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, Q
from django.utils import timezone
from procrastinate.contrib.django.models import (
    ProcrastinateEvent,
    ProcrastinateJob,
    ProcrastinatePeriodicDefer,
    ProcrastinateWorker,
)

from posts_project.drafts.models import Draft, ScheduledPost
from posts_project.events import services as inbox
from posts_project.events.models import EventPosition, InboxEvent
from posts_project.events.registry import withdraw
from posts_project.feeds.models import PulledEntry, TimelineEntry, TimelineOwner
from posts_project.figures.models import DailyFigure
from posts_project.filters.models import Filter
from posts_project.follows.models import Block, Follow, FollowRequest, Mute
from posts_project.follows.services import edges
from posts_project.idempotency.models import Answer
from posts_project.idempotency.store import forget_answers
from posts_project.imports.models import ImportedPost
from posts_project.lists.models import FeedList, ListMember
from posts_project.media.models import Medium, StaleFile
from posts_project.media.services import removal
from posts_project.moderation.models import Appeal, AuditEntry, Case, Decision, Report, Reversal
from posts_project.notifications.models import Notification, NotificationEvent, NotificationSettings
from posts_project.notifications.services import purging as notifications
from posts_project.posts import locks
from posts_project.posts.models import (
    Mark,
    Mention,
    PollCount,
    Post,
    PostCount,
    PostTag,
    PostVersion,
    PostWords,
    Vote,
)
from posts_project.posts.services import edit, marks, polls
from posts_project.profiles import tombstones
from posts_project.profiles.models import ErasedPerson, Profile, ProfileCount
from posts_project.revocations.models import PublishedKeys, RevokedKey, RevokedSession, TokensEnded
from posts_project.staff.models import StaffUser
from posts_project.tags.models import TagFollow
from posts_project.throttling import counters
from posts_project.throttling.models import Counter
from posts_project.trends.models import Trend, WithheldTag
from shared.pseudonyms import pseudonym

BATCH = 100
# The job that erases, which is at it, and the one that tells Auth, which has the last word.
PURGE, TELL = "worker.purge_profile", "worker.tell_erased"

# Erases some of the rows of a profile; whether there may be more.
Step = Callable[[int], bool]


@dataclass(frozen=True, kw_only=True)
class Held:
    """Rows of people, and how they are erased."""

    erase: Step


@dataclass(frozen=True, kw_only=True)
class NotHeld:
    """No rows of people, or none that has to be erased here."""

    because: str


def _rows(model: type[Model], *columns: str) -> Held:
    """All rows in which one of `columns` is the person's id."""

    def erase(profile_id: int) -> bool:
        wanted = Q()
        for column in columns:
            wanted |= Q(**{column: profile_id})
        model._default_manager.filter(wanted).delete()
        return False

    return Held(erase=erase)


def _posts(profile_id: int) -> bool:
    ids = list(Post.objects.filter(author_id=profile_id).order_by("id").values_list("id", flat=True)[:BATCH])
    for post_id in ids:
        edit.remove_if_there(post_id)
    return bool(ids)


def _media(profile_id: int) -> bool:
    """Those that no post used; the others went with their posts."""
    return removal.remove_of_owner(profile_id, now=timezone.now())


def _files(profile_id: int) -> bool:
    """All that are stale, whoever's they were: nothing tells any more."""
    return removal.delete_stale(now=timezone.now()) > 0


@transaction.atomic
def _marks(profile_id: int) -> bool:
    found = list(Mark.objects.filter(profile_id=profile_id).order_by("post_id")[:BATCH])
    locks.hold(mark.post_id for mark in found)
    for mark in found:
        marks.erase(mark)
    return bool(found)


@transaction.atomic
def _votes(profile_id: int) -> bool:
    found = list(Vote.objects.filter(profile_id=profile_id).order_by("post_id")[:BATCH])
    locks.hold(vote.post_id for vote in found)
    for vote in found:
        polls.erase(vote)
    return bool(found)


@transaction.atomic
def _mentions(profile_id: int) -> bool:
    """What others wrote stays theirs; a name in it leads nowhere any more."""
    found = Mention.objects.filter(profile_id=profile_id).order_by("post_id")
    ids = list(found.values_list("post_id", flat=True)[:BATCH])
    for post in Post.objects.select_for_update().filter(id__in=ids).order_by("id"):
        post.mentions = [mention for mention in post.mentions if mention["id"] != str(profile_id)]
        post.save(update_fields=["mentions"])
    Mention.objects.filter(post_id__in=ids, profile_id=profile_id).delete()
    return bool(ids)


def _notifications(profile_id: int) -> bool:
    notifications.forget_told(profile_id)
    return False


def _follows(profile_id: int) -> bool:
    of_profile = Follow.objects.filter(Q(follower_id=profile_id) | Q(followee_id=profile_id))
    found = list(of_profile.select_related("follower", "followee")[:BATCH])
    for edge in found:
        edges.unfollow(follower=edge.follower, followee=edge.followee)
    return bool(found)


def _jobs(profile_id: int) -> bool:
    for argument in ("profile_id", "author_id", "owner_id"):
        withdraw(argument, profile_id, but=PURGE)
    return False


def _inbox(profile_id: int) -> bool:
    inbox.forget(user_id=profile_id)
    return False


def _answers(profile_id: int) -> bool:
    forget_answers(user_id=profile_id)
    return False


def _counters(profile_id: int) -> bool:
    counters.forget(user_id=profile_id)
    return False


def _reports(profile_id: int) -> bool:
    """What they reported may still matter to others; who said so, and in which words, does not."""
    Report.objects.filter(reporter=profile_id).update(reporter=None, comment="")
    return False


def _staff(profile_id: int) -> bool:
    """Who was staff stays, without a name, beside what they did."""
    nobody = f"erased-{pseudonym('staff', profile_id)[:32]}"
    StaffUser.objects.filter(id=profile_id).update(username=nobody, email="", is_active=False)
    return False


def _log_entries(profile_id: int) -> bool:
    LogEntry.objects.filter(object_id=str(profile_id)).update(object_id=None, object_repr="erased")
    return False


def _profile(profile_id: int) -> bool:
    if Profile.objects.filter(id=profile_id).delete()[0]:
        tombstones.put_up(profile_id)
    return False


_WITH_POST = NotHeld(because="goes with its post")

PERSONAL: dict[type[Model], Held | NotHeld] = {
    Draft: _rows(Draft, "author"),
    ScheduledPost: _rows(ScheduledPost, "author"),
    ImportedPost: _rows(ImportedPost, "author"),
    Post: Held(erase=_posts),
    Medium: Held(erase=_media),
    StaleFile: Held(erase=_files),
    PostVersion: _WITH_POST,
    PostCount: _WITH_POST,
    PostTag: _WITH_POST,
    PostWords: _WITH_POST,
    PollCount: _WITH_POST,
    Mark: Held(erase=_marks),
    Vote: Held(erase=_votes),
    Mention: Held(erase=_mentions),
    Follow: Held(erase=_follows),
    FollowRequest: _rows(FollowRequest, "follower", "followee"),
    Block: _rows(Block, "profile", "other"),
    Mute: _rows(Mute, "profile", "other"),
    Filter: _rows(Filter, "profile"),
    FeedList: _rows(FeedList, "owner"),
    ListMember: _rows(ListMember, "profile"),
    Notification: Held(erase=_notifications),
    # Of what they did others were told.
    NotificationEvent: _rows(NotificationEvent, "actor_id"),
    NotificationSettings: _rows(NotificationSettings, "profile_id"),
    Report: Held(erase=_reports),
    Case: _rows(Case, "profile"),
    Decision: NotHeld(because="goes with its case"),
    Reversal: NotHeld(because="goes with its case"),
    Appeal: NotHeld(because="goes with its case"),
    AuditEntry: NotHeld(because="a keyed hash of the id, beside what staff did; nobody can change it"),
    TagFollow: _rows(TagFollow, "profile"),
    TimelineOwner: _rows(TimelineOwner, "owner_id"),
    # Those of others lost the person's entries with the follow.
    TimelineEntry: _rows(TimelineEntry, "owner_id"),
    PulledEntry: _rows(PulledEntry, "by_id"),
    StaffUser: Held(erase=_staff),
    LogEntry: Held(erase=_log_entries),
    RevokedSession: NotHeld(because="the id of a session, for as long as its tokens live"),
    TokensEnded: NotHeld(because="must stay while tokens live; the hourly purge takes it away"),
    ErasedPerson: NotHeld(because="a keyed hash of the id, which keeps the person from being revived"),
    Trend: NotHeld(because="how many used a tag, for an hour; nobody is named"),
    WithheldTag: NotHeld(because="what moderators keep out of trends"),
    PublishedKeys: NotHeld(because="Auth's keys"),
    RevokedKey: NotHeld(because="the id of a key of Auth's"),
    DailyFigure: NotHeld(because="how many did something, not who"),
    Session: NotHeld(because="of staff in the admin site; it ends by itself"),
    Permission: NotHeld(because="Django's own"),
    Group: NotHeld(because="Django's own"),
    ContentType: NotHeld(because="Django's own"),
    ProcrastinateEvent: NotHeld(because="goes with its job"),
    ProcrastinateWorker: NotHeld(because="of processes"),
    ProcrastinatePeriodicDefer: NotHeld(because="of what is done by the clock"),
}

AT_LAST: dict[type[Model], Held | NotHeld] = {
    ProcrastinateJob: Held(erase=_jobs),
    InboxEvent: Held(erase=_inbox),
    EventPosition: NotHeld(because="goes with the inbox"),
    Answer: Held(erase=_answers),
    Counter: Held(erase=_counters),
    ProfileCount: _rows(ProfileCount, "profile"),
    Profile: Held(erase=_profile),
}


def erase(lines: dict[type[Model], Held | NotHeld], profile_id: int) -> None:
    """Do what `lines` say, in their order, until nothing is left; may be stopped and repeated at any point."""
    for line in lines.values():
        if isinstance(line, Held):
            while line.erase(profile_id):
                pass
