"""Pictures to upload, good and hostile, made in code."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

BOUNDARY = "a-boundary-of-our-own"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


def picture(kind: str = "PNG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: Any) -> bytes:
    output = BytesIO()
    image = Image.new(mode, size, "red" if mode in ("RGB", "RGBA", "P") else 1)
    image.save(output, kind, **options)
    return output.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def header_of_a_flood(width: int = 50_000, height: int = 50_000) -> bytes:
    """A PNG of a few bytes that says it has billions of pixels."""
    ihdr = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", ihdr)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 1_000))
        + _chunk(b"IEND", b"")
    )


def form(*parts: tuple[str, str | None, bytes]) -> bytes:
    """A multipart body of (field, file name or None, content)."""
    body = b""
    for field, filename, content in parts:
        name = f'; filename="{filename}"'.encode() if filename is not None else b""
        kind = b"\r\nContent-Type: image/png" if filename is not None else b""
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"'.encode() + name + kind
        body += b"\r\n\r\n" + content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
