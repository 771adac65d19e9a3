"""Django's e-mail backend of the development stack."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage

from shared.snowflakes import new_id


class FolderBackend(BaseEmailBackend):
    """Each mail becomes one `.eml` file in `MAIL_FOLDER`, whole from the moment it has that name; the names sort by
    time."""

    def __init__(self, fail_silently: bool = False, **_: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        self._folder = Path(settings.MAIL_FOLDER)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            self._write(message.message().as_bytes())
        return len(email_messages)

    def _write(self, content: bytes) -> None:
        path = self._folder / f"{new_id()}.eml"
        draft = path.with_suffix(".unfinished")
        draft.touch(mode=0o600)
        draft.write_bytes(content)
        os.replace(draft, path)
