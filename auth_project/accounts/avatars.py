"""A user's picture: the middle of what they send, small, and nothing of the file."""

from typing import IO

from PIL import Image, ImageOps

from shared import pictures

SIDE = 512  # pixels
QUALITY = 85


def made_anew(upload: IO[bytes]) -> bytes:
    """The middle square of the picture, upright, at most 512 pixels wide, as WebP without any metadata.

    Of an animation the first picture is taken.

    :raises ValidationError: it is no picture of the kinds that are taken, or has too many pixels or frames.
    :raises ServiceUnavailable: others are being decoded.
    """
    with pictures.decoding(upload) as image:
        image.draft("RGB", (SIDE, SIDE))  # a JPEG can be decoded small
        picture = pictures.upright(image)
        side = min(SIDE, picture.width, picture.height)
        square = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
        return pictures.encoded(square, "WEBP", quality=QUALITY)
