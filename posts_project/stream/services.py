"""Saying to all processes that there is something new, as part of it: they hear of it when it has been committed.

What is said names it and whose it is, never what it says: who may read it is asked for each viewer.
"""

import orjson

from posts_project.notifications.facts import NotificationsTold
from posts_project.posts.facts import PostPublished, PostReposted
from posts_project.stream.channels import channel

# PostgreSQL takes 8,000 bytes at a time; each is at most 63.
MOST_AT_ONCE = 100


def announce_post(fact: PostPublished) -> None:
    _say(entry=[fact.post_id, fact.author_id])


def announce_repost(fact: PostReposted) -> None:
    _say(entry=[fact.at, fact.profile_id])


def announce_told(fact: NotificationsTold) -> None:
    told = [[one.profile_id, one.notification_id, one.at] for one in fact.told]
    for first in range(0, len(told), MOST_AT_ONCE):
        _say(told=told[first : first + MOST_AT_ONCE])


def _say(**what: list[int] | list[list[int]]) -> None:
    channel().say(orjson.dumps(what).decode())
