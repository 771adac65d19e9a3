"""Pictures from strangers: judged before they are decoded, and made anew: nothing of the file itself is kept."""

import threading
import warnings
from io import BytesIO
from typing import IO

from PIL import Image, ImageOps
from rest_framework.exceptions import ValidationError

from shared.problems import ServiceUnavailable

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
# Pillow finds out by the content which of these it is; SVG and all that is rarer is not a picture here.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
SIDE = 512  # pixels
QUALITY = 85
WAIT_SECONDS = 5

# Pillow only warns of pictures that are merely enormous.
warnings.simplefilter("error", Image.DecompressionBombWarning)
# One picture may take 160 MB while it is decoded.
_one_at_a_time = threading.Lock()


def made_anew(upload: IO[bytes]) -> bytes:
    """The middle square of the picture, upright, at most 512 pixels wide, as WebP without any metadata.

    Of an animation the first picture is taken.

    :raises ValidationError: it is no picture of those kinds, or has too many pixels.
    :raises ServiceUnavailable: others are being decoded.
    """
    if not _one_at_a_time.acquire(timeout=WAIT_SECONDS):
        raise ServiceUnavailable("Too many pictures are being read right now", retry_after=WAIT_SECONDS)
    try:
        return _encoded(_opened(upload))
    finally:
        _one_at_a_time.release()


def _opened(upload: IO[bytes]) -> Image.Image:
    try:
        image = Image.open(upload, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except Exception as error:  # a decoder fails on what strangers send in more ways than it names
        raise _unreadable() from error
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels()
    return image


def _encoded(image: Image.Image) -> bytes:
    try:
        image.draft("RGB", (SIDE, SIDE))  # a JPEG can be decoded small
        picture = ImageOps.exif_transpose(image).convert("RGBA" if image.has_transparency_data else "RGB")
        side = min(SIDE, picture.width, picture.height)
        square = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
        # Pixels alone go over: Pillow's pictures carry the profiles and comments of what they were made from.
        clean = Image.new(square.mode, square.size)
        clean.paste(square)
        output = BytesIO()
        clean.save(output, "WEBP", quality=QUALITY)
    except Exception as error:
        raise _unreadable() from error
    return output.getvalue()


def _unreadable() -> ValidationError:
    return ValidationError("Must be a JPEG, PNG, WebP or GIF picture.", code="invalid_image")


def _too_many_pixels() -> ValidationError:
    return ValidationError(f"Must have at most {MAX_PIXELS // 1_000_000} megapixels.", code="too_many_pixels")
