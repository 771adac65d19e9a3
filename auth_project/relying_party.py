"""For whom browsers make passkeys (WebAuthn's relying party): which domain, and which pages of it."""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from shared.env import ConfigurationError

LOCALHOST = "localhost"


def default_id(web_url: str, *, production: bool) -> str:
    """In development `localhost`: the stack's own address, 127.0.0.1, is none that browsers make passkeys for."""
    return (urlsplit(web_url).hostname or "") if production else LOCALHOST


def default_origins(web_url: str, issuer: str, *, production: bool) -> list[str]:
    """The web client's; in development `localhost`, by itself and at the ports of the web client and of Auth."""
    if production:
        parts = urlsplit(web_url)
        return [f"{parts.scheme}://{parts.netloc.lower()}"]
    ports = sorted({port for url in (web_url, issuer) if (port := urlsplit(url).port)})
    return [f"http://{LOCALHOST}", *(f"http://{LOCALHOST}:{port}" for port in ports)]


def check(rp_id: str, origins: Sequence[str], *, production: bool) -> None:
    """:raises ConfigurationError: what no browser would take, or nobody should."""
    if not rp_id or rp_id != rp_id.lower() or "/" in rp_id or ":" in rp_id or _is_address(rp_id):
        raise ConfigurationError("WEBAUTHN_RP_ID: must be a domain in small letters, not an address or a URL")
    if not origins:
        raise ConfigurationError("WEBAUTHN_ORIGINS: must name at least one origin")
    for origin in origins:
        parts = urlsplit(origin)
        host = parts.hostname or ""
        if f"{parts.scheme}://{parts.netloc}" != origin or not (host == rp_id or host.endswith(f".{rp_id}")):
            raise ConfigurationError("WEBAUTHN_ORIGINS: must be origins at WEBAUTHN_RP_ID or a domain under it")
        if production and parts.scheme != "https" and host != LOCALHOST:
            raise ConfigurationError("WEBAUTHN_ORIGINS: must be https in production")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
