"""What streams hear of what is new by, as settings choose it."""

from shared.env import ConfigurationError, Env, is_installed

_NAME = "REDIS_URL"


def redis_url(env: Env) -> str:
    """Empty where there is none.

    :raises ConfigurationError: it is no URL of Redis, or what speaks to it is not installed.
    """
    if not env.text(_NAME, ""):
        return ""
    if not is_installed("redis"):
        raise ConfigurationError(f"{_NAME}: needs the packages of requirements-redis.txt, which are not installed")
    return env.url(_NAME, schemes=("redis", "rediss"))
