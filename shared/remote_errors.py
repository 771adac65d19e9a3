"""How a call to the other service can fail: three kinds, for three kinds of reaction."""

from dataclasses import dataclass


class RemoteError(Exception):
    """A call to the other service gave no usable answer."""


class RemoteUnavailable(RemoteError):
    """It cannot be reached, is too slow, or failed (5xx, a nonsensical answer): try again later."""


class RemoteHeldBack(RemoteUnavailable):
    """It was not even asked: it has failed too often of late, or others are waiting for it already."""


@dataclass
class RemoteRefused(RemoteError):
    """It understood and refused (4xx): trying again will not help."""

    status: int
    code: str = ""
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.status} {self.code} {self.detail}".strip()


class RemoteNotFound(RemoteRefused):
    """404."""
