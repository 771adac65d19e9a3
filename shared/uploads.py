"""Bodies with a file in them: `multipart/form-data`, as strict as our JSON."""

from collections.abc import Mapping
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser

from shared.parsing import refuse_other_encodings
from shared.problems import ParseProblem, PayloadTooLarge

# For the other fields, and the lines between them.
ROOM_FOR_FIELDS = 64 * 1024
_DRAIN_CHUNK = 64 * 1024
_MOST_DRAINED = 64 * 1024 * 1024


class StrictMultiPartParser(BaseParser):
    """Takes a body of known length, at most `max_bytes` a file, each field once; texts and files in one dict.

    A view that takes other sizes derives its own.
    """

    media_type = MultiPartParser.media_type
    max_bytes = 10 * 1024 * 1024

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        assert parser_context is not None
        request = parser_context["request"]
        refuse_other_encodings(media_type or "", request.headers.get("Content-Encoding", ""))
        self._refuse_length(request, stream)
        try:
            parsed = MultiPartParser().parse(stream, media_type, dict(parser_context))
        except ParseError as error:
            raise ParseProblem("Not a valid multipart body") from error
        values = _once_each(parsed.data) | _once_each(parsed.files)
        if len(values) < len(parsed.data) + len(parsed.files):
            raise ParseProblem("Each field may be given only once")
        if not values:
            raise ParseProblem("The body has no fields")
        for value in values.values():
            if isinstance(value, UploadedFile) and (value.size or 0) > self.max_bytes:
                raise PayloadTooLarge(f"At most {self.max_bytes} bytes are accepted")
        return values

    def _refuse_length(self, request: Any, stream: IO[bytes]) -> None:
        length = request.META.get("CONTENT_LENGTH") or ""
        if not length:
            raise ParseProblem("The length of the body must be told ahead (Content-Length)")
        if int(length) > self.max_bytes + ROOM_FOR_FIELDS:
            # A client that is still sending would see a reset connection instead of the answer.
            for _ in range(min(int(length), _MOST_DRAINED) // _DRAIN_CHUNK + 1):
                if not stream.read(_DRAIN_CHUNK):
                    break
            raise PayloadTooLarge(f"At most {self.max_bytes} bytes are accepted")


def _once_each(values: Any) -> dict[str, Any]:
    """Of Django's multi-valued dict a plain one."""
    for name, several in values.lists():
        if len(several) > 1:
            raise ParseProblem(f"{name}: may be given only once")
    return {name: values[name] for name in values}
