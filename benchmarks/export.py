"""How long somebody who wrote much waits for the archive of their data.

    .venv/bin/python -m benchmarks.export [--posts 10000] [--pictures 0] [--rounds 3]

Starts a stack of its own on free ports. The posts are put straight into PostgreSQL, each with an older version, a like
and a bookmark beside it, and so are pictures, with files of 300 kB. The time is what their author sees: from asking to
the answer with the archive, whose posts and pictures are counted.
"""

import argparse
import json
import secrets
import sys
import tempfile
import time
import zipfile
from io import BytesIO
from pathlib import Path

import psycopg
import requests

from benchmarks.options import at_least
from benchmarks.progress import Steps
from benchmarks.report import Figure, Report
from shared.public_api import Person, PublicApi
from shared.snowflakes import new_id
from tools.devstack.stack import Stack

PASSWORD = "seven quiet otters paint"
PATH = "/api/v1/users/me/export"
ALLOWED_SECONDS = 60
GIVE_UP_SECONDS = 600
LOOK_EVERY_SECONDS = 0.1
PICTURE_BYTES = 300_000
TEXT = "A post of the length that posts have: some two hundred characters, of which none is said twice. " * 2

_POST = """
    INSERT INTO post (id, author_id, text, visibility, reply_policy, sensitive, spoiler_text, tags, mentions, links)
    VALUES (%(id)s, %(author)s, %(text)s, 'public', 'everyone', false, '', '[]', '[]', '[]')
"""
_VERSION = """
    INSERT INTO post_version (post_id, number, text, spoiler_text, created_at)
    VALUES (%(id)s, 1, %(text)s, '', now())
"""
_PICTURE = """
    INSERT INTO medium (id, owner_id, stem, type, width, height, blurhash, alt_text)
    VALUES (%(id)s, %(author)s, %(stem)s, 'image/jpeg', 1600, 1200, '', '')
"""
_MARKS = """
    INSERT INTO mark (profile_id, post_id, kind, since)
    VALUES (%(author)s, %(id)s, 'like', %(id)s), (%(author)s, %(id)s, 'bookmark', %(id)s)
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.export", description=__doc__)
    parser.add_argument("--posts", type=at_least(1), default=10_000, metavar="N", help="of one author (%(default)s)")
    parser.add_argument("--pictures", type=at_least(0), default=0, metavar="N", help="of that author (%(default)s)")
    # Five archives a day are anybody's.
    parser.add_argument("--rounds", type=int, choices=range(1, 6), default=3, help="archives (%(default)s)")
    options, report = parser.parse_args(), Report()
    with tempfile.TemporaryDirectory() as folder, Stack.on_free_ports(Path(folder)) as stack, Steps() as steps:
        author = Person(PublicApi(auth_url=stack.auth_url, posts_url=stack.posts_url), "author", PASSWORD)
        author.sign_up()
        author.call("GET", "/api/v1/timelines/home").expect(200)  # so that Posts knows them
        with steps.phase("posts"):
            _write(stack, author, options.posts)
            _draw(stack, author, options.pictures)
        archives = [_fetched(stack, author) for _ in steps.each("archives", range(options.rounds))]
        report.add(*_figures(archives, options.posts, options.pictures))
    return int(report.is_missed)


def _write(stack: Stack, author: Person, posts: int) -> None:
    rows = [{"id": new_id(), "author": int(author.id), "text": f"{number}: {TEXT}"} for number in range(posts)]
    with psycopg.connect(stack.databases.postgres_url) as connection, connection.cursor() as cursor:
        for statement in (_POST, _VERSION, _MARKS):
            cursor.executemany(statement, rows)


def _draw(stack: Stack, author: Person, pictures: int) -> None:
    folder = stack.data_dir / "media" / "posts"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"id": new_id(), "author": int(author.id), "stem": secrets.token_hex(16)} for _ in range(pictures)]
    for row in rows:
        (folder / f"{row['stem']}.jpg").write_bytes(secrets.token_bytes(PICTURE_BYTES))
    with psycopg.connect(stack.databases.postgres_url) as connection, connection.cursor() as cursor:
        cursor.executemany(_PICTURE, rows)


def _fetched(stack: Stack, author: Person) -> tuple[float, bytes]:
    """Seconds from asking to the archive, and the archive."""
    asked_at = time.perf_counter()
    path = f"{PATH}/{author.call('POST', PATH).expect(202).body['id']}"
    while author.call("GET", path).expect(200, 202).status == 202:
        assert time.perf_counter() - asked_at < GIVE_UP_SECONDS, "the archive never came"
        time.sleep(LOOK_EVERY_SECONDS)
    headers = {"Authorization": f"Bearer {author.access}"}
    content = requests.get(stack.auth_url + path, headers=headers, timeout=GIVE_UP_SECONDS).content
    return time.perf_counter() - asked_at, content


def _figures(archives: list[tuple[float, bytes]], posts: int, pictures: int) -> list[Figure]:
    what = f"the archive of {posts:,} posts, versions, likes, bookmarks, and {pictures:,} pictures"
    seconds = [seconds for seconds, _ in archives]
    missing = [posts - _posts_in(content) for _, content in archives]
    unseen = [pictures - _pictures_in(content) for _, content in archives]
    size = [len(content) / 1_000_000 for _, content in archives]
    return [
        Figure(target="", what=what, rounds=seconds, unit="s", digits=1, at_most=ALLOWED_SECONDS),
        Figure(target="", what="  posts that are not in it", rounds=missing, digits=0, at_most=0),
        Figure(target="", what="  pictures that are not in it", rounds=unseen, digits=0, at_most=0),
        Figure(target="", what="  its size", rounds=size, unit="MB", digits=1),
    ]


def _posts_in(content: bytes) -> int:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = [name for name in archive.namelist() if name.startswith("posts/posts-")]
        return len({row["id"] for part in parts for row in json.loads(archive.read(part))})


def _pictures_in(content: bytes) -> int:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        found = [entry for entry in archive.infolist() if entry.filename.startswith("posts/pictures/")]
        return sum(entry.file_size == PICTURE_BYTES for entry in found)


if __name__ == "__main__":
    sys.exit(main())
