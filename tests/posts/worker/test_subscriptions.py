"""The table of consequences knows every event there is."""

from posts_project.events import facts as events
from posts_project.follows import facts as follows
from posts_project.moderation import facts as moderation
from posts_project.notifications import facts as notifications
from posts_project.posts import facts as posts
from posts_project.profiles import facts as profiles
from posts_project.worker.subscriptions import SUBSCRIBERS
from shared.events import FROM_AUTH


def test_every_event_has_its_line() -> None:
    modules = (events, follows, moderation, notifications, posts, profiles)
    recorded = {fact.type for module in modules for fact in vars(module).values() if hasattr(fact, "type")}

    assert set(SUBSCRIBERS) == recorded | set(FROM_AUTH)
