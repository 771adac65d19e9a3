"""What is seen to before this service does anything."""

from django.utils import timezone

from auth_project import posts_client
from auth_project.signing_keys import services


def prepare() -> None:
    """:raises ConfigurationError: keys are missing, or cannot be read; the message names the variable."""
    posts_client.check_keys()
    services.prepare(now=timezone.now())
