"""What POSTGRES_URL says beside the database's address, and what it must say in production."""

from urllib.parse import SplitResult, parse_qsl

from shared.env import ConfigurationError


def options(url: SplitResult) -> dict[str, str]:
    """Those of its query, for libpq.

    :raises ConfigurationError: one is there twice, so that readers may differ about it.
    """
    pairs = parse_qsl(url.query, keep_blank_values=True)
    if len(dict(pairs)) != len(pairs):
        raise ConfigurationError("POSTGRES_URL: has an option twice")
    return dict(pairs)


def check(url: SplitResult, *, without_tls: bool) -> None:
    """:param without_tls: POSTGRES_WITHOUT_TLS.
    :raises ConfigurationError: anybody on the way could be taken for the database.
    """
    if options(url).get("sslmode") != "verify-full" and not without_tls:
        raise ConfigurationError("POSTGRES_URL: production needs sslmode=verify-full (or POSTGRES_WITHOUT_TLS=true)")
