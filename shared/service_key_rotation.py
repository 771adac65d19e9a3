"""Another key for calls to the other service, step by step, each of which may be stopped and repeated.

    begin    a new key lies beside the one that signs (FILE.next); the other service is given both public halves
    switch   the new one signs: only where the other service takes it already
    finish   the old public half goes, when nothing that it was needed for is on its way any more

The file of the key and that of the pinned keys are read again by running processes within seconds (`key_files`).
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management.base import CommandError, CommandParser

from shared.env import ConfigurationError
from shared.key_files import LOOK_EVERY_SECONDS
from shared.keys import generate_private_key, key_set, load_key_set, load_private_key, public_jwk
from shared.operators import OperatorCommand
from shared.remote_errors import RemoteError
from shared.service_tokens import LIFE_SECONDS
from shared.waiting import wait

# Each is a connection of its own, so that most processes of the other service are asked.
QUESTIONS = 12
# What was signed with the old key lives so long, after the last process has noticed that there is a new one.
OLD_IS_NEEDED_SECONDS = LIFE_SECONDS + 2 * LOOK_EVERY_SECONDS + 10
LONGEST_NOTICE_SECONDS = 60.0

HELP = (
    "Change the key that this service signs its calls to {peer} with, without a restart and without a refused call."
    " Where the file in which {peer} pins our public keys is at hand: `all --pinned FILE`, which takes about a minute"
    " and a half. Otherwise begin, give {peer} the key set that is printed, switch (refused until {peer} takes the new"
    " key), and two minutes later finish, and give {peer} the set that is printed then. Every step may be repeated; a"
    " rotation that was stopped goes on where it was (docs/keys.md)."
)


class ServiceKeyCommand(OperatorCommand):
    """A service says whose `key_file` it is, which `peer` is called, and whether that `takes` a key."""

    peer = ""
    key_file: Path
    takes: Callable[[Ed25519PrivateKey], bool]
    examples = """
        all --pinned /srv/secrets/{own}_service.jwks.json
        begin
        switch
        finish
        begin --dry-run
    """

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(required=True, metavar="begin|switch|finish|all")
        for name, act, about in (
            ("begin", self._begin, f"make the next key; print the set that {self.peer} shall pin"),
            ("switch", self._switch, f"sign with the next key, if {self.peer} takes it"),
            ("finish", self._finish, f"print the set without the old key, for {self.peer} to pin"),
            ("all", self._all, "all of it, one after the other"),
        ):
            step = commands.add_parser(name, help=about)
            step.add_argument("--dry-run", action="store_true", help="only tell what would be done")
            step.add_argument(
                "--pinned",
                type=Path,
                metavar="FILE",
                required=name == "all",
                help=f"the file in which {self.peer} pins our keys, to be written instead of told",
            )
            step.set_defaults(act=act, is_leaked=False)
            if name in ("finish", "all"):
                about = "it has leaked: do not wait for calls that were signed with it"
                step.add_argument("--leaked", action="store_true", dest="is_leaked", help=about)

    def handle(
        self, *, act: Callable[..., None], dry_run: bool, pinned: Path | None, is_leaked: bool, **options: Any
    ) -> None:
        self._is_leaked = is_leaked
        try:
            act(pinned, dry_run)
        except ConfigurationError as error:
            raise CommandError(f"{error}.") from error
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be written: {error.strerror}.") from error

    def _all(self, pinned: Path | None, dry_run: bool) -> None:
        self._begin(pinned, dry_run)
        if not dry_run:
            self._wait_until_taken()
        self._switch(pinned, dry_run)
        if not dry_run:
            wait(self._old_is_needed_for(), what="until the old key is not needed")
        self._finish(pinned, dry_run)

    def _begin(self, pinned: Path | None, dry_run: bool) -> None:
        if dry_run:
            self.stdout.write(f"{self._next} {'is there' if self._next.exists() else 'would be made'}.")
            return
        if not self._next.exists():
            _in_one_step(self._next)
        self._hand_over([load_private_key(self.key_file), load_private_key(self._next)], pinned, keeps=True)

    def _switch(self, pinned: Path | None, dry_run: bool) -> None:
        if not self._next.exists():
            self.stdout.write("Nothing to switch to: begin comes first." if not dry_run else "Then it would sign.")
            return
        key = load_private_key(self._next)
        if not self._is_taken(key):
            raise CommandError(f"{self.peer} does not take the new key yet: it must pin the set of `begin` first.")
        if not dry_run:
            _overwrite(self.key_file, self._next.read_bytes())
            self._next.unlink()
        self.stdout.write(f"{public_jwk(key)['kid']} {'would sign' if dry_run else 'signs'}.")

    def _finish(self, pinned: Path | None, dry_run: bool) -> None:
        if dry_run:
            self.stdout.write("The set would have the signing key alone.")
            return
        if self._next.exists():
            raise CommandError("The new key does not sign yet: switch comes first.")
        if (seconds := self._old_is_needed_for()) > 0:
            raise CommandError(f"Calls signed with the old key may be on their way: again in {seconds:.0f} s.")
        self._hand_over([load_private_key(self.key_file)], pinned, keeps=False)

    @property
    def _next(self) -> Path:
        return self.key_file.with_name(f"{self.key_file.name}.next")

    def _hand_over(self, keys: list[Ed25519PrivateKey], pinned: Path | None, *, keeps: bool) -> None:
        """Tell the set of `keys`, or write it; a file that is there keeps what else is in it until the end."""
        if pinned is None:
            self.stdout.write(json.dumps(key_set(keys)))
            self.stderr.write(f"{self.peer} must pin this set now.")
            return
        own = {public_jwk(key)["kid"] for key in keys}
        others = [key for kid, key in load_key_set(pinned).items() if kid not in own] if keeps else []
        _overwrite(pinned, json.dumps(key_set([*others, *keys])).encode())
        self.stdout.write(f"Pinned in {pinned}: {len(others) + len(own)}.")

    def _wait_until_taken(self) -> None:
        if self._next.exists():
            key, ends_at = load_private_key(self._next), time.monotonic() + LONGEST_NOTICE_SECONDS
            while not self._is_taken(key) and time.monotonic() < ends_at:
                wait(LOOK_EVERY_SECONDS, what=f"until {self.peer} takes it")
            # Those of its processes that were not asked have looked once more.
            wait(LOOK_EVERY_SECONDS, what=f"until all of {self.peer} take it")

    def _is_taken(self, key: Ed25519PrivateKey) -> bool:
        try:
            return all(self.takes(key) for _ in range(QUESTIONS))
        except RemoteError as error:
            raise CommandError(f"{self.peer} does not answer ({error}).") from error

    def _old_is_needed_for(self) -> float:
        """In seconds; at least until our own processes have noticed that there is a new one."""
        needed = LOOK_EVERY_SECONDS if self._is_leaked else OLD_IS_NEEDED_SECONDS
        return needed - (time.time() - self.key_file.stat().st_mtime)


def _in_one_step(path: Path) -> None:
    draft = path.with_name(f"{path.name}.unfinished")
    draft.unlink(missing_ok=True)
    generate_private_key(draft)
    os.replace(draft, path)


def _overwrite(path: Path, content: bytes) -> None:
    """In place: a file that is mounted by itself, as secrets of containers are, must stay the same file. Who reads it
    in the middle of that goes on with what was there (`key_files`), and what is written is still at hand."""
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
