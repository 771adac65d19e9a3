"""Which of the staff are moderators: a superuser appoints them here, and they need be nothing else."""

from django.contrib.auth.models import Group

from posts_project.staff.models import StaffUser

MODERATORS = "moderators"


def appoint(member: StaffUser) -> None:
    """Twice is as once."""
    member.groups.add(Group.objects.get(name=MODERATORS))


def release(member: StaffUser) -> None:
    member.groups.remove(Group.objects.get(name=MODERATORS))
