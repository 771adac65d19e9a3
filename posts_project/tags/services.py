"""Following tags; idempotent, both ways."""

from django.db import transaction

from posts_project.profiles.models import Profile
from posts_project.tags.models import TagFollow
from shared import snowflakes
from shared.problems import Problem

# Each of them costs a page of the home timeline a look.
MAX_TAGS = 50


class TooManyTags(Problem):
    status, code, title = 409, "too_many_tags", f"At most {MAX_TAGS} tags can be followed"


@transaction.atomic
def follow(*, profile: Profile, name: str) -> None:
    """Follow the tag of that folded name; twice is as once.

    :raises TooManyTags: there are as many as can be.
    """
    # One after the other, so that two at once do not both find the last place free.
    Profile.objects.select_for_update(no_key=True).get(id=profile.id)
    mine = TagFollow.objects.filter(profile=profile)
    if mine.filter(name=name).exists():
        return
    if mine.count() >= MAX_TAGS:
        raise TooManyTags
    TagFollow.objects.create(profile=profile, name=name, since=snowflakes.new_id())


def unfollow(*, profile: Profile, name: str) -> None:
    TagFollow.objects.filter(profile=profile, name=name).delete()
