"""What streams hear of what is new by, as settings choose it."""

from urllib.parse import urlsplit

from shared.env import ConfigurationError, is_installed

SCHEMES = ("redis", "rediss")


def redis_url(text: str) -> str:
    """`text`, which may be empty.

    :raises ConfigurationError: it is no URL of Redis, or what speaks to it is not installed.
    """
    if text and (urlsplit(text).scheme not in SCHEMES or not urlsplit(text).netloc):
        raise ConfigurationError("REDIS_URL: must be a URL that starts with redis:// or rediss://")
    if text and not is_installed("redis"):
        raise ConfigurationError("REDIS_URL: needs the packages of requirements-redis.txt, which are not installed")
    return text
