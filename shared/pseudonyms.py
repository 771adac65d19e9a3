"""Names for people that tell nobody who they are, and the same person from another: keyed hashes of their ids."""

import hashlib
import hmac

from django.conf import settings


def pseudonym(purpose: str, value: object) -> str:
    """64 hexadecimal digits: always the same for one `purpose` and `value`, until the service's SECRET_KEY is changed.

    Those of two purposes have nothing in common, and without the key nobody can try all ids there are.
    """
    key = hmac.digest(settings.SECRET_KEY.encode(), b"pseudonyms", "sha256")
    return hmac.new(key, f"{purpose} {value}".encode(), hashlib.sha256).hexdigest()
