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


def animation(count: int, size: tuple[int, int] = (8, 8), kind: str = "GIF", **options: Any) -> bytes:
    """Of so many frames, none like the one before."""
    frames = [Image.new("RGB", size, (number % 256, number // 256, 99)) for number in range(count)]
    output = BytesIO()
    frames[0].save(output, kind, save_all=True, append_images=frames[1:], duration=50, loop=0, **options)
    return output.getvalue()


def hostile() -> dict[str, bytes]:
    """Files that are no picture, or that would keep a decoder busy or fill its memory; all are refused."""
    good = {kind: picture(kind, (64, 64)) for kind in ("JPEG", "PNG", "WEBP", "GIF")}
    cut = {f"half a {kind}": content[: len(content) * 2 // 3] for kind, content in good.items()}
    return {
        **cut,
        **_no_pictures(good),
        **_floods(),
        **_overfull(good),
    }


def _no_pictures(good: dict[str, bytes]) -> dict[str, bytes]:
    html = b"<!doctype html><script>alert(1)</script>"
    return {
        "nothing": b"",
        "zeros": b"\0" * 1_000,
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "HTML": html,
        "HTML after a JPEG's first bytes": b"\xff\xd8\xff\xe0" + html * 50,
        "HTML after a GIF's first bytes": b"GIF89a/*" + html + b"*/=1;",
        "a script that is a GIF to some": b"GIF89a=1;alert(document.domain)//" + b"\0" * 50,
        "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        "ZIP": b"PK\x03\x04" + b"\0" * 100,
        "BMP": picture("BMP"),
        "TIFF": picture("TIFF"),
        "ICO": picture("ICO", (16, 16)),
        "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (r) file\n",
        "RIFF of nothing": b"RIFF\xff\xff\xff\xffWEBP",
        "WebP of other bytes": good["WEBP"][:30] + b"\xa5" * 200,
        "WebP with a length that is not its": b"RIFF\x04\0\0\0WEBPVP8X\xff\xff\xff\x7f" + b"\0" * 50,
        "PNG with a broken sum": good["PNG"].replace(b"IDAT", b"IDAU"),
    }


def _floods() -> dict[str, bytes]:
    """Little that unpacks to much."""
    zeros = zlib.compress(b"\0" * 20_000_000, 9)
    return {
        "a PNG of 50,000 by 50,000": header_of_a_flood(),
        "a PNG of 40 megapixels and a bit": header_of_a_flood(8_000, 5_001),
        "a WebP of 16,000 by 16,000": _webp_of(16_000, 16_000),
        "a GIF of 65,535 by 65,535": b"GIF89a\xff\xff\xff\xff\x80\0\0" + b"\0" * 6 + _gif_frame(65_535, 65_535) + b";",
        "a JPEG of 65,500 by 65,500": _jpeg_of(65_500, 65_500),
        "a profile in a PNG": _png_with(_chunk(b"iCCP", b"x\0\0" + zeros)),
        "a text in a PNG": _png_with(_chunk(b"zTXt", b"x\0\0" + zeros)),
        "an international text in a PNG": _png_with(_chunk(b"iTXt", b"x\0\1\0\0\0" + zeros)),
        "many texts in a PNG": _png_with(_chunk(b"zTXt", b"x\0\0" + zlib.compress(b"\0" * 1_000_000, 9)) * 60),
    }


def _overfull(good: dict[str, bytes]) -> dict[str, bytes]:
    """Much of what is little each time."""
    scan = good["JPEG"].index(b"\xff\xda")
    header, scanned = good["JPEG"][:scan], good["JPEG"][scan:-2]
    start = b"GIF89a\x01\0\x01\0\x80\0\0" + b"\0" * 6
    remark = b"\x21\xfe" + (b"\xff" + b"x" * 255) * 39_000 + b"\0"
    return {
        "a GIF of 5,000 frames": start + _gif_frame(1, 1) * 5_000 + b";",
        "a GIF of frames that are too many pixels together": start + _gif_frame(1_000, 1_000) * 41 + b";",
        "a GIF with a remark of ten megabytes": start + remark + _gif_frame(1, 1) + b";",
        "a GIF in blocks of a byte": start + b"\x21\xfe" + b"\x01x" * 4_000_000 + b"\0" + _gif_frame(1, 1) + b";",
        "a JPEG of ten thousand scans": header + scanned * 10_000 + b"\xff\xd9",
        "a JPEG of a million segments": b"\xff\xd8" + b"\xff\xe5\0\x02" * 2_000_000 + good["JPEG"][2:],
        "a PNG of half a million parts": _png_with(_chunk(b"tEXt", b"") * 500_000),
        "an animated PNG of 250 frames": animation(250, (1, 1), "PNG"),
        "an animated WebP of 250 frames": animation(250, (2, 2), "WEBP", lossless=True, method=0),
    }


def _gif_frame(width: int, height: int) -> bytes:
    return b"\x2c\0\0\0\0" + struct.pack("<HH", width, height) + b"\0\x02\x02\x4c\x01\0"


def _webp_of(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    body = b"\x2f" + struct.pack("<I", bits) + b"\0" * 64
    chunk = b"VP8L" + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def _jpeg_of(width: int, height: int) -> bytes:
    content = picture("JPEG", (64, 64))
    frame = content.index(b"\xff\xc0")
    return content[: frame + 5] + struct.pack(">HH", height, width) + content[frame + 9 :]


def _png_with(parts: bytes) -> bytes:
    """A good one, with `parts` after its header."""
    content = picture("PNG", (8, 8))
    return content[:33] + parts + content[33:]
