"""Who may open the admin site: shadows of Auth's staff, and superusers made on this machine."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from shared import snowflakes


class StaffUser(AbstractUser):
    """A shadow has Auth's user id and no usable password; a local superuser has an id of its own."""

    id = models.BigIntegerField(primary_key=True, default=snowflakes.new_id)
    username = models.CharField(max_length=150, unique=True)
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    def get_full_name(self) -> str:
        """What the admin site shows of who is signed in."""
        return self.username

    class Meta(AbstractUser.Meta):
        db_table = "staff_user"
        verbose_name = "member of staff"
        verbose_name_plural = "staff"
