"""How the file of a picture is built, looked through before a decoder reads any of it.

A few megabytes can keep a decoder busy for minutes though the picture is small: pictures by the thousand in one file,
a JPEG that is sent in ten thousand scans, parts of no length, comments that are put together piece by piece. Here files
are walked from part to part, and the walk ends where there are more than honest files have.
"""

from collections.abc import Callable
from struct import unpack_from

MAX_FRAMES = 200
# Honest ones have a dozen, a few hundred where a profile is cut into pieces.
MAX_SEGMENTS = 1_000
MAX_SCANS = 100
# Ten megabytes in pieces of a kilobyte.
MAX_CHUNKS = 10_000
# Ten megabytes in blocks of a fifth of what they can hold.
MAX_BLOCKS = 200_000
MAX_REMARKS_BYTES = 256 * 1024


class Overfull(Exception):
    """More parts than a decoder should be made to read."""


class TooManyFrames(Exception):
    """More pictures in one file than are taken."""


def frames(content: bytes) -> tuple[int, int, int]:
    """How many pictures there are, and the width and height that all of them fit in, as far as that is seen in the
    file: of a GIF. Others say so themselves, when they are opened, and this is (1, 0, 0).

    :raises Overfull, TooManyFrames: it is not to be decoded.
    :raises Exception: it is cut off or not what its first bytes say.
    """
    for signature, walk in _WALKS.items():
        if content.startswith(signature):
            return walk(content)
    return 1, 0, 0


def _jpeg(content: bytes) -> tuple[int, int, int]:
    """Segments up to the first scan. Within scans no byte is followed by a marker's, so that scans can be counted."""
    place = 2
    for _ in range(MAX_SEGMENTS):
        marker, length = unpack_from(">HH", content, place)
        if marker == 0xFFDA:
            if content.count(b"\xff\xda", place) > MAX_SCANS:
                raise Overfull
            return 1, 0, 0
        # Bytes of padding may stand between segments.
        place += 1 if marker == 0xFFFF else 2 + length
    raise Overfull


def _png(content: bytes) -> tuple[int, int, int]:
    place = 8
    for _ in range(MAX_CHUNKS):
        (length,) = unpack_from(">I", content, place)
        if content[place + 4 : place + 8] == b"IEND":
            return 1, 0, 0
        place += 12 + length
    raise Overfull


def _gif(content: bytes) -> tuple[int, int, int]:
    width, height, flags = unpack_from("<HHB", content, 6)
    place, count, blocks, remarks = 13 + _colours(flags), 0, 0, 0
    while count <= MAX_FRAMES:
        kind = content[place]
        if kind == 0x2C:
            left, top, across, down, flags = unpack_from("<HHHHB", content, place + 1)
            width, height, count = max(width, left + across), max(height, top + down), count + 1
            place, blocks = _after_blocks(content, place + 11 + _colours(flags), blocks)
        elif kind == 0x21:
            begin = place + 2
            place, blocks = _after_blocks(content, begin, blocks)
            remarks += place - begin
        elif kind == 0x3B:
            return count, width, height
        else:
            raise ValueError("no block of a GIF")
        if remarks > MAX_REMARKS_BYTES:
            raise Overfull
    raise TooManyFrames


def _colours(flags: int) -> int:
    """How many bytes the table of colours takes."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(content: bytes, place: int, blocks: int) -> tuple[int, int]:
    """Where the row of blocks that begins at `place` is over, and how many blocks there were by then."""
    while (length := content[place]) != 0:
        place, blocks = place + 1 + length, blocks + 1
        if blocks > MAX_BLOCKS:
            raise Overfull
    return place + 1, blocks


_WALKS: dict[bytes, Callable[[bytes], tuple[int, int, int]]] = {
    b"\xff\xd8": _jpeg,
    b"\x89PNG\r\n\x1a\n": _png,
    b"GIF8": _gif,
}
