"""Passkeys (WebAuthn credentials), and the challenges that are signed with them."""

from django.conf import settings
from django.db import models
from django_mongodb_backend.fields import ArrayField

from shared.snowflakes import new_id

MOST_PASSKEYS = 20
LONGEST_NAME = 50
# 1,023 bytes, the most that WebAuthn has, as base64url.
LONGEST_CREDENTIAL_ID = 1_364


class Passkey(models.Model):
    """A public key whose private half is in somebody's device or password manager.

    `slot` numbers a user's passkeys from 0: of many that are added at once the unique index lets no more in than there
    are numbers. A passkey is good for nothing from `suspect_since` on: its counter went back, so there are two of it.
    """

    id = models.BigIntegerField(primary_key=True, db_column="_id", default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="passkeys", db_index=False
    )
    slot = models.IntegerField()
    name = models.CharField(max_length=LONGEST_NAME)
    credential_id = models.CharField(max_length=LONGEST_CREDENTIAL_ID, unique=True)
    user_handle = models.CharField(max_length=86)  # as it was when the passkey was made
    public_key = models.BinaryField()  # COSE
    sign_count = models.BigIntegerField(default=0)
    transports = ArrayField(models.CharField(max_length=16), default=list)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    suspect_since = models.DateTimeField(null=True)

    class Meta:
        db_table = "passkeys"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "slot"], name="passkeys_once_a_slot")]
        indexes = [
            # As with users: MongoDB does not use the partial index of `unique` for look-ups.
            models.Index(fields=["credential_id"], name="passkeys_credential_id"),
            models.Index(fields=["user", "slot"], name="passkeys_of_user"),
        ]

    def __str__(self) -> str:
        return f"passkey {self.pk}"


class Challenge(models.Model):
    """256 random bits that are to be signed once, of which only the SHA-256 is kept, as the id. Whoever takes it
    deletes it.

    `user` is who adds a passkey; `bound_to` a keyed hash of the name with which somebody began to sign in, if any.
    """

    class Purpose(models.TextChoices):
        ADD = "add"
        SIGN_IN = "sign_in"

    id = models.CharField(max_length=64, primary_key=True, db_column="_id")
    purpose = models.CharField(max_length=7, choices=Purpose.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    bound_to = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "passkey_challenges"
        indexes = [models.Index(fields=["expires_at"], name="passkey_challenges_expires_at")]

    def __str__(self) -> str:
        return f"challenge to {self.purpose}"
