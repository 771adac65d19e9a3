"""What an archive of somebody's data holds: this table is all of it."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import TypeVar

from auth_project.accounts.models import User
from auth_project.accounts.services import exports
from auth_project.accounts.services.exports import ExportedFile, Sections, account_of, as_json, avatar_of
from auth_project.audit.selectors import all_of_user
from auth_project.passkeys.models import Passkey
from auth_project.posts_client import Piece, PostsPicture, posts_client
from auth_project.tokens.models import Session
from shared.remote_errors import RemoteNotFound, RemoteUnavailable

# One slow answer among hundreds is not worth beginning anew.
PAUSES_SECONDS: tuple[float, ...] = (0.2, 1.0)
# The largest that an upload of 10 MB can become, a PNG of noise, has some 64 MiB.
MOST_PICTURE_BYTES = 128 * 1024 * 1024
MOST_PICTURES_BYTES = 4 * 1024 * 1024 * 1024

ABOUT_PICTURES = "The files of your pictures, by the ids that they have in media-0001.json and so on."
ABOUT_LEFT_OUT = "Pictures that did not fit into one archive: fetch these by their addresses."

Answer = TypeVar("Answer")


def sessions_of(user: User) -> Iterable[ExportedFile]:
    shown = ("created_at", "last_used_at", "ended_at", "end_reason", "ip", "user_agent")
    sessions = list(Session.objects.filter(user=user).values(*shown))
    yield as_json("sessions.json", sessions, about="Where and when you were signed in.")


def passkeys_of(user: User) -> Iterable[ExportedFile]:
    shown = ("name", "created_at", "last_used_at", "suspect_since")
    passkeys = list(Passkey.objects.filter(user=user).values(*shown))
    yield as_json("passkeys.json", passkeys, about="Your passkeys: all but their ids and keys.")


def audit_of(user: User) -> Iterable[ExportedFile]:
    entries = [{**entry, "id": str(entry["id"])} for entry in all_of_user(user.pk)]
    yield as_json("audit.json", entries, about="What happened to your account: sign-ins, changes, what staff did.")


def posts_of(user: User) -> Iterable[ExportedFile]:
    """Whatever Posts has, page by page, the files of pictures behind the page that tells of them.

    :raises RemoteError: it is away, or does not do as agreed.
    """
    pictures = _Pictures(user.pk)
    cursor, is_first = None, True
    while is_first or cursor is not None:
        page = _again(partial(posts_client().export_page, user_id=user.pk, cursor=cursor))
        for file in page.files:
            yield as_json(f"posts/{file.name}", file.content, about=file.about)
        for picture in page.pictures:
            yield from pictures.file(picture)
        cursor, is_first = page.next, False
    if pictures.left_out:
        yield as_json("posts/pictures_left_out.json", pictures.left_out, about=ABOUT_LEFT_OUT)


class _Pictures:
    """The files of somebody's pictures, fetched in pieces, of which one is in memory at a time."""

    def __init__(self, user_id: int) -> None:
        self.left_out: list[str] = []
        self._user_id, self._bytes = user_id, 0

    def file(self, picture: PostsPicture) -> Iterable[ExportedFile]:
        """Nothing where it has been deleted since, or the archive is as large as it may be."""
        if self._bytes >= MOST_PICTURES_BYTES:
            self.left_out.append(picture.name)
            return
        try:
            first = self._piece(picture, 0)
        except RemoteNotFound:
            return
        yield ExportedFile(
            name=f"posts/pictures/{picture.name}",
            about=ABOUT_PICTURES,
            content=self._pieces(picture, first),
            told_as="posts/pictures/",
            is_packed=True,
        )

    def _pieces(self, picture: PostsPicture, piece: Piece) -> Iterator[bytes]:
        size = len(piece.content)
        yield piece.content
        while piece.next is not None:
            piece = self._piece(picture, piece.next)
            size += len(piece.content)
            if size > MOST_PICTURE_BYTES:
                raise RemoteUnavailable("posts: a picture is larger than any can be")
            yield piece.content
        self._bytes += size

    def _piece(self, picture: PostsPicture, offset: int) -> Piece:
        ask = partial(posts_client().picture_piece, user_id=self._user_id, picture_id=picture.id, offset=offset)
        return _again(ask)


def _again(ask: Callable[[], Answer]) -> Answer:
    for pause in PAUSES_SECONDS:
        try:
            return ask()
        except RemoteUnavailable:
            time.sleep(pause)
    return ask()


# What Posts has comes first: while it is away, nothing else is made in vain.
SECTIONS: Sections = [posts_of, account_of, avatar_of, sessions_of, passkeys_of, audit_of]


def make_due(*, now: datetime) -> int:
    """Make the archives that were asked for; return how many."""
    return exports.make_due(sections=SECTIONS, now=now)
