"""What settings of both services may not be in production; each fault is told by the variable's name."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from urllib.parse import urlsplit

from shared.env import ConfigurationError


def check(
    *, hosts: Sequence[str], origins: Sequence[str], proxies: Sequence[str], https: bool, public: Mapping[str, str]
) -> None:
    """Where `https` is off, all of a site is on one machine or behind somebody who sees to it.

    :param hosts: ALLOWED_HOSTS. :param origins: CORS_ALLOWED_ORIGINS. :param proxies: TRUSTED_PROXIES.
    :param public: addresses that clients are told, by their variables.
    :raises ConfigurationError: one of them.
    """
    if not hosts or any("*" in host for host in hosts):
        raise ConfigurationError("ALLOWED_HOSTS: must name the hosts in production, without *")
    if any(not _is_origin(origin, https=https) for origin in origins):
        raise ConfigurationError("CORS_ALLOWED_ORIGINS: must be https origins in production, without * and paths")
    if any(_is_everybody(proxy) for proxy in proxies):
        raise ConfigurationError("TRUSTED_PROXIES: must not be everybody, who could then say any address is theirs")
    for name, url in public.items():
        if https and urlsplit(url).scheme != "https":
            raise ConfigurationError(f"{name}: must be https in production (or REQUIRE_HTTPS=false)")


def check_peer(name: str, url: str, *, without_tls: bool) -> None:
    """:param without_tls: whether that was said, by the variable that goes with `name`."""
    if urlsplit(url).scheme != "https" and not without_tls:
        service = name.partition("_")[0]
        raise ConfigurationError(f"{name}: production needs https (or {service}_WITHOUT_TLS=true)")


def _is_origin(text: str, *, https: bool) -> bool:
    parts = urlsplit(text)
    schemes = ("https",) if https else ("https", "http")
    return parts.scheme in schemes and "*" not in text and f"{parts.scheme}://{parts.netloc}" == text


def _is_everybody(word: str) -> bool:
    try:
        return ip_network(word, strict=False).prefixlen == 0
    except ValueError:
        return False  # refused where it is used, in its own words
