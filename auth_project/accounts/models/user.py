"""A user: who somebody is, wherever they signed in from."""

from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from auth_project.accounts.names import normalise
from shared.events import UserState, UserStatus
from shared.snowflakes import new_id


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username_ci=normalise(username or ""))


class User(AbstractBaseUser):
    """One account. Whoever changes what Posts shows of it records an event in the same transaction.

    `version` counts the events recorded of this user: the order in which Posts applies them.
    Sessions born before `valid_after` are over, whatever their own document says.
    `suspended_by_posts`: by its moderators, who may also end that; `moderation_sequence` is their newest word.
    """

    class Status(models.TextChoices):
        ACTIVE = "active"
        DEACTIVATED = "deactivated"  # by the user, who may come back
        SUSPENDED = "suspended"  # by staff

    id = models.BigIntegerField(primary_key=True, db_column="_id", default=new_id, editable=False)
    username = models.CharField(max_length=30)
    username_ci = models.CharField(max_length=30, unique=True, editable=False)
    username_shape = models.CharField(max_length=30, default="", editable=False)
    email = models.EmailField(max_length=254)
    email_ci = models.CharField(max_length=254, unique=True, editable=False)
    email_verified = models.BooleanField(default=False)
    display_name = models.CharField(max_length=50, blank=True)
    bio = models.TextField(max_length=500, blank=True)
    avatar = models.CharField(max_length=100, blank=True, editable=False)  # the file's name in the storage
    locale = models.CharField(max_length=35, default="en")
    is_private = models.BooleanField("private", default=False)
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.ACTIVE)
    is_staff = models.BooleanField("staff", default=False)
    is_superuser = models.BooleanField("administrator", default=False)
    suspended_until = models.DateTimeField(null=True, blank=True)
    suspension_reason = models.CharField(max_length=500, blank=True)
    suspended_by_posts = models.BooleanField("suspended by moderators", default=False, editable=False)
    moderation_sequence = models.BigIntegerField(default=0, editable=False)
    mfa_enabled = models.BooleanField("second factor", default=False, editable=False)
    mfa_required = models.BooleanField("must have a second factor", default=False)
    pending_email = models.EmailField(max_length=254, blank=True, editable=False)
    version = models.BigIntegerField(default=0, editable=False)
    valid_after = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    # Sessions know when they were last used; AbstractBaseUser's column would be a write at every login.
    last_login = None

    USERNAME_FIELD = "username_ci"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    objects = UserManager()

    class Meta:
        db_table = "users"
        ordering = ["-id"]
        indexes = [
            # The unique indexes are partial, which MongoDB does not use for look-ups: without these two, every
            # login would read the whole collection (docs/adr/0001-mongodb-backend.md).
            models.Index(fields=["username_ci"], name="users_username_ci"),
            models.Index(fields=["email_ci"], name="users_email_ci"),
            models.Index(fields=["username_shape"], name="users_username_shape"),
            models.Index(fields=["status", "suspended_until"], name="users_suspended_until"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return self.status == self.Status.ACTIVE

    @property
    def avatar_url(self) -> str | None:
        return f"{settings.AUTH_ISSUER}/api/v1/users/{self.avatar}" if self.avatar else None

    @property
    def public_state(self) -> UserState:
        """What Posts may know."""
        return UserState(
            id=self.pk,
            username=self.username,
            display_name=self.display_name,
            bio=self.bio,
            avatar_url=self.avatar_url,
            is_private=self.is_private,
            created_at=self.created_at,
            state=cast(UserStatus, self.status),
        )

    @property
    def roles(self) -> list[str]:
        """What the access token says: `staff` may read the admin sites, `admin` may change things there."""
        return [role for role, held in (("staff", self.is_staff), ("admin", self.is_superuser)) if held]

    def accepts_session(self, *, born_at: datetime) -> bool:
        """Whether a session born then may still act for the user, as far as the user's own state goes."""
        return self.is_active and (self.valid_after is None or born_at >= self.valid_after)

    def get_session_auth_hash(self) -> str:
        """Sessions of the admin site end as all others do: with a new password, and with `valid_after`."""
        return salted_hmac("admin session", f"{self.password} {self.valid_after}", algorithm="sha256").hexdigest()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Administrators may do everything in the admin site; other staff may look."""
        _, _, codename = perm.partition(".")
        return self.is_active and (self.is_superuser or (self.is_staff and codename.startswith("view_")))

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and (self.is_staff or self.is_superuser)
