"""What is seen to before this service does anything."""

from posts_project import auth_client, authentication


def prepare() -> None:
    """:raises ConfigurationError: keys are missing, or cannot be read; the message names the variable."""
    authentication.check_keys()
    auth_client.auth()
