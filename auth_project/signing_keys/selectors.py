"""Reading the signing keys."""

from auth_project.mongodb import find_last
from auth_project.signing_keys.models import SigningKey

# Ten are live at most; those before them are over.
RECENT = 20


def recent() -> list[SigningKey]:
    """The last of them in the order of their numbers, as they are outside of any transaction: a key that was made
    since that began counts, and a failure here is not the transaction's."""
    return find_last(SigningKey, limit=RECENT)


def every() -> list[SigningKey]:
    """Also those that were over long ago."""
    return list(SigningKey.objects.order_by("number"))
