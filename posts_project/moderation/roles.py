"""What the group of moderators may do: granted after every migration, when the permissions are there."""

from typing import Any

from django.contrib.auth.models import Group, Permission

from posts_project.staff.roles import MODERATORS

DECIDE = "moderation.decide"


def grant(sender: Any, using: str = "default", **_: Any) -> None:
    group, _created = Group.objects.using(using).get_or_create(name=MODERATORS)
    permissions = Permission.objects.using(using).filter(content_type__app_label="moderation", codename="decide")
    group.permissions.set(permissions)
