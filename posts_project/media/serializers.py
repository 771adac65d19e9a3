"""What clients send and get."""

import re
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from posts_project.media import pictures
from posts_project.media.models import MAX_ALT_TEXT
from posts_project.media.pictures import Picture
from shared.fields import IdField, TextField
from shared.serializers import Input, Output

_NUMBER = r"-?(?:[01]?\.[0-9]{1,9}|[01])"
_FOCUS = re.compile(f"({_NUMBER}),({_NUMBER})")
_DECIMALS = 4


@extend_schema_field({"type": "string", "format": "binary"})
class PictureField(serializers.Field):
    """A picture in a multipart body, made anew at once."""

    default_error_messages = {"invalid": "Must be a file."}

    def to_internal_value(self, data: Any) -> Picture:
        if not isinstance(data, UploadedFile):
            self.fail("invalid")
        return pictures.made_anew(data)


@extend_schema_field({"type": "string", "pattern": f"^{_FOCUS.pattern}$", "example": "0.25,-0.5"})
class FocusField(TextField):
    """What matters most in the picture: `"x,y"` from -1 (left, bottom) to 1 (right, top)."""

    default_error_messages = {"invalid_focus": "Must be two numbers from -1 to 1, such as 0.25,-0.5."}

    def to_internal_value(self, data: Any) -> str:
        found = _FOCUS.fullmatch(super().to_internal_value(data))
        numbers = [float(number) for number in found.groups()] if found else []
        if not found or any(abs(number) > 1 for number in numbers):
            self.fail("invalid_focus")
        return ",".join(f"{round(number, _DECIMALS) or 0:g}" for number in numbers)


class AltTextField(TextField):
    """Kept as it was sent."""

    def __init__(self) -> None:
        super().__init__(
            max_length=MAX_ALT_TEXT,
            multiline=True,
            trim_whitespace=False,
            allow_blank=True,
            required=False,
            help_text="What is seen in the picture, for those who do not see it.",
        )


class MediaInput(Input):
    """A `multipart/form-data` body."""

    file = PictureField(help_text="JPEG, PNG, WebP or GIF by its content, at most 10 MB, 40 megapixels, 200 frames.")
    alt_text = AltTextField()
    focus = FocusField(required=False, help_text="`x,y`, each from -1 (left, bottom) to 1 (right, top).")


class MediaEdit(Input):
    """What is not named stays as it is."""

    alt_text = AltTextField()
    focus = FocusField(required=False, allow_null=True, help_text="As in an upload; null takes it away.")


class MediaOutput(Output):
    """`type` is the content type, `focus` a text `x,y` or null, `blurhash` what https://blurha.sh makes of it.

    Width and height are those of the file at `url`, which stands upright and has at most 4,096 pixels a side (a GIF is
    not made smaller); at `thumbnail_url` is a WebP of at most 400.
    """

    id = IdField()
    type = serializers.ChoiceField(choices=sorted(set(pictures.TYPES.values())))
    url = serializers.URLField()
    thumbnail_url = serializers.URLField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    blurhash = serializers.CharField()
    alt_text = serializers.CharField()
    focus = serializers.CharField(allow_null=True)
