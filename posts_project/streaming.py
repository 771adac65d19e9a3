"""What streams hear of what is new by, as settings choose it."""

from urllib.parse import urlsplit

from shared.env import ConfigurationError, is_installed

SCHEMES = ("redis", "rediss")


def redis_url(text: str, *, encrypted: bool = False) -> str:
    """`text`, which may be empty.

    :param encrypted: whether it has to be rediss://.
    :raises ConfigurationError: it is no such URL of Redis, or what speaks to it is not installed.
    """
    if text and (urlsplit(text).scheme not in SCHEMES or not urlsplit(text).netloc):
        raise ConfigurationError("REDIS_URL: must be a URL that starts with redis:// or rediss://")
    if text and encrypted and urlsplit(text).scheme != "rediss":
        raise ConfigurationError("REDIS_URL: production needs rediss:// (or REDIS_WITHOUT_TLS=true)")
    if text and not is_installed("redis"):
        raise ConfigurationError("REDIS_URL: needs the packages of requirements-redis.txt, which are not installed")
    return text
