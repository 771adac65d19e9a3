"""Which address a request comes from: the peer's own, unless the peer is a proxy we were told to trust (ASVS 4.1.3)."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from shared.env import ConfigurationError
from shared.middleware import Handler

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


def parse_networks(words: Sequence[str]) -> list[Network]:
    """:raises ConfigurationError: a word is neither an address nor a network."""
    try:
        return [ip_network(word, strict=False) for word in words]
    except ValueError as error:
        raise ConfigurationError(f"TRUSTED_PROXIES: {error}") from error


def proxy_headers_middleware(get_response: Handler) -> Handler:
    """Take address and scheme from `X-Forwarded-For` and `-Proto` of a trusted proxy; drop both from anybody else."""
    trusted = parse_networks(settings.TRUSTED_PROXIES)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        forwarded = {name: request.META.pop(name, "") for name in _FORWARDED}
        if _is_trusted(_address(request.META.get("REMOTE_ADDR", "")), trusted):
            request.META["REMOTE_ADDR"] = _client(request, forwarded["HTTP_X_FORWARDED_FOR"], trusted)
            if forwarded["HTTP_X_FORWARDED_PROTO"] == "https":
                request.META["wsgi.url_scheme"] = "https"
        return get_response(request)

    return middleware


def _client(request: HttpRequest, forwarded_for: str, trusted: list[Network]) -> str:
    """The right-most address that is no proxy of ours: all to the left of it is hearsay."""
    client = str(request.META.get("REMOTE_ADDR", ""))
    for word in reversed(forwarded_for.split(",")):
        address = _address(word.strip())
        if address is None:
            break
        client = str(address)
        if not _is_trusted(address, trusted):
            break
    return client


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _is_trusted(address: Address | None, trusted: list[Network]) -> bool:
    return address is not None and any(address in network for network in trusted)
