"""The keys that sign access tokens. They are the service's own: nothing here is about people."""

from django.db import models


class SigningKey(models.Model):
    """One Ed25519 key pair. They are numbered 1, 2, 3 …, and whoever writes a number first has made that key.

    What a key is for at some moment follows from the times of all of them (`signing_keys.schedule`): nothing has to be
    done when a time has come, so nothing can be forgotten. `sealed` is the private half, encrypted; it is emptied once
    nobody needs it. The public half stays for good: receipts of erasures are verified with it.
    """

    number = models.BigIntegerField(primary_key=True, db_column="_id")
    kid = models.CharField(max_length=43)  # the RFC 7638 thumbprint
    x = models.CharField(max_length=43)  # the public half, as in a JWK
    sealed = models.BinaryField()
    published_at = models.DateTimeField()
    signs_from = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "signing_keys"
        ordering = ["number"]

    def __str__(self) -> str:
        return f"signing key {self.kid}"
