"""What is made of an uploaded picture: the picture anew, a small one, and a few letters that stand for it."""

from dataclasses import dataclass
from typing import IO

from blurhash import encode
from PIL import Image, ImageSequence

from shared import pictures

# What Pillow calls a format → content type. MPO is how phones keep several JPEGs in one file: the first is taken.
TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}

THUMBNAIL = "image/webp"
# Pixels: of what is kept, of the small one, and of what is looked at for the hash.
LARGEST, SMALL, _HASHED_SIDE = 4_096, 400, 20
_HASH_PARTS = 4, 3

# With their defaults WebP and PNG would take twice as long for little.
_OPTIONS: dict[str, dict[str, int]] = {
    "image/jpeg": {"quality": 88},
    "image/png": {"compress_level": 4},
    "image/webp": {"quality": 85, "method": 2},
}
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """`content` is of `type`, the thumbnail always WebP."""

    type: str
    content: bytes
    width: int
    height: int
    thumbnail: bytes
    blurhash: str


def made_anew(upload: IO[bytes]) -> Picture:
    """The picture upright and of the type it was, at most 4,096 pixels a side, without anything but its pixels.

    A GIF keeps its frames and their times; of an animated WebP or PNG the first is taken.

    :raises ValidationError: it is no picture of the kinds that are taken, or has too many pixels or frames.
    :raises ServiceUnavailable: others are being decoded.
    """
    with pictures.decoding(upload) as image:
        kind = TYPES[str(image.format)]
        if kind == "image/gif":
            first, content = _animation(image)
        else:
            first = _within(LARGEST, pictures.upright(image))
            content = pictures.encoded(first, _FORMATS[kind], **_OPTIONS[kind])
        small = _within(SMALL, first)
        return Picture(
            type=kind,
            content=content,
            width=first.width,
            height=first.height,
            thumbnail=pictures.encoded(small, "WEBP", quality=80),
            blurhash=_hashed(small),
        )


def _animation(image: Image.Image) -> tuple[Image.Image, bytes]:
    """The first frame, and all of them as a GIF."""
    loop = {"loop": image.info["loop"]} if "loop" in image.info else {}
    frames, times = [], []
    for frame in ImageSequence.Iterator(image):
        times.append(frame.info.get("duration", 0))
        frames.append(pictures.upright(frame.copy()))
    clears = {"disposal": 2} if any(frame.mode == "RGBA" for frame in frames) else {}
    content = pictures.encoded(
        frames[0], "GIF", save_all=True, append_images=frames[1:], duration=times, **loop, **clears
    )
    return frames[0], content


def _within(side: int, picture: Image.Image) -> Image.Image:
    """At most so many pixels wide and high."""
    scale = side / max(picture.size)
    if scale >= 1:
        return picture
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _hashed(small: Image.Image) -> str:
    """By https://blurha.sh, of what is seen on white."""
    shown = Image.new("RGB", (_HASHED_SIDE, _HASHED_SIDE), "white")
    pixels = small.convert("RGBA").resize(shown.size, Image.Resampling.BOX)
    shown.paste(pixels, mask=pixels)
    flat, row = shown.tobytes(), 3 * _HASHED_SIDE
    rows = [[flat[place : place + 3] for place in range(begin, begin + row, 3)] for begin in range(0, len(flat), row)]
    return str(encode(rows, *_HASH_PARTS))
