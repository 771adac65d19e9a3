"""What the links in mails carry."""

from django.conf import settings
from django.db import models


class OneTimeToken(models.Model):
    """A token of 256 random bits, of which only the SHA-256 is kept, as the id. Whoever takes it deletes it.

    `bound_to` is what must still be so when it is used: the address that it was sent to, the hash of the password that
    it replaces, the registration that it completes.
    """

    class Purpose(models.TextChoices):
        REGISTER = "register"
        VERIFY_EMAIL = "verify_email"
        CHANGE_EMAIL = "change_email"
        RESET_PASSWORD = "reset_password"  # noqa: S105

    id = models.CharField(max_length=64, primary_key=True, db_column="_id")
    purpose = models.CharField(max_length=14, choices=Purpose.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    bound_to = models.CharField(max_length=254)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "one_time_tokens"
        indexes = [models.Index(fields=["expires_at"], name="one_time_tokens_expires_at")]

    def __str__(self) -> str:
        return f"{self.purpose} of user {self.user_id}"
