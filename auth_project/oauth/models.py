"""Services of others, who may ask what a token is worth."""

from django.db import models

MAX_NAME = 100


class ServiceClient(models.Model):
    """`id` is the `client_id`. Of the secret, 256 random bits, only a hash is kept: it is shown once."""

    id = models.CharField(max_length=32, primary_key=True, db_column="_id")
    name = models.CharField(max_length=MAX_NAME)
    secret_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "service_clients"
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_authenticated(self) -> bool:
        """What DRF asks of whoever a request is made by."""
        return True
