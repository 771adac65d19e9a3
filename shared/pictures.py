"""Pictures from strangers: judged before they are decoded, and made anew: nothing of the file itself is kept."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any

from PIL import Image, ImageOps, PngImagePlugin
from rest_framework.exceptions import ValidationError

from shared import picture_files
from shared.picture_files import MAX_FRAMES, TooManyFrames
from shared.problems import ServiceUnavailable

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000  # of all pictures in a file together
# Pillow finds out by the content which of these it is; SVG and all that is rarer is not a picture here.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")

# One picture may take some hundred megabytes while it is decoded. A few may wait for it: a service has few threads,
# and one at least must be left for everybody else.
AT_ONCE = 1
WAITING = 2
WAIT_SECONDS = 5

# Pillow only warns of pictures that are merely enormous.
warnings.simplefilter("error", Image.DecompressionBombWarning)
# Texts in a PNG are unpacked when it is opened: to a megabyte each, and to this much in all.
PngImagePlugin.MAX_TEXT_MEMORY = 4 * 1024 * 1024

_inside = threading.BoundedSemaphore(AT_ONCE + WAITING)
_decoding = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def decoding(upload: IO[bytes]) -> Iterator[Image.Image]:
    """The picture, judged and not yet decoded, for a block that makes another of it; whatever a decoder fails on in
    that block is the picture's fault.

    :raises ValidationError: it is no picture of those kinds, or has too many pixels or frames.
    :raises ServiceUnavailable: others are being decoded.
    """
    with _turn(), _blaming_the_picture():
        yield _opened(upload.read())


def upright(image: Image.Image) -> Image.Image:
    """Its pixels, as they are meant to be looked at, as L, RGB or RGBA; nothing else that came with it."""
    ImageOps.exif_transpose(image, in_place=True)
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode in ("1", "L", "I", "I;16") else "RGB"
    picture = image if image.mode == mode else image.convert(mode)
    # Profiles, comments and the like are written again by whoever saves a picture that has them.
    picture.info.clear()
    return picture


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    output = BytesIO()
    picture.save(output, kind, **options)
    return output.getvalue()


def _opened(content: bytes) -> Image.Image:
    count, width, height = picture_files.frames(content)
    image = Image.open(BytesIO(content), formats=FORMATS)
    _refuse_pixels(max(image.width, width) * max(image.height, height) * count)
    count = max(count, getattr(image, "n_frames", 1) if image.format != "GIF" else 1)
    if count > MAX_FRAMES:
        raise TooManyFrames
    return image


def _refuse_pixels(pixels: int) -> None:
    if pixels > MAX_PIXELS:
        raise Image.DecompressionBombError


@contextmanager
def _turn() -> Iterator[None]:
    busy = ServiceUnavailable("Too many pictures are being read right now", retry_after=WAIT_SECONDS)
    if not _inside.acquire(blocking=False):
        raise busy
    try:
        if not _decoding.acquire(timeout=WAIT_SECONDS):
            raise busy
        try:
            yield
        finally:
            _decoding.release()
    finally:
        _inside.release()


@contextmanager
def _blaming_the_picture() -> Iterator[None]:
    """Decoders fail on what strangers send in more ways than they name."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refusal("too_many_pixels", f"Must have at most {MAX_PIXELS // 1_000_000} megapixels.") from error
    except TooManyFrames as error:
        raise _refusal("too_many_frames", f"Must have at most {MAX_FRAMES} frames.") from error
    except Exception as error:
        raise _refusal("invalid_image", "Must be a JPEG, PNG, WebP or GIF picture.") from error


def _refusal(code: str, detail: str) -> ValidationError:
    return ValidationError(detail, code=code)
