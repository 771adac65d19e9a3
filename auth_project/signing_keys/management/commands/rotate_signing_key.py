"""`manage_auth.py rotate_signing_key [list | reseal]`: another key for access tokens, without refusing a single one."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from auth_project.signing_keys import schedule, selectors, services
from auth_project.signing_keys.models import SigningKey
from auth_project.staff.commands import OperatorCommand
from shared.keys import public_jwk_of
from shared.waiting import wait


class Command(OperatorCommand):
    help = (
        "Publish a new key for access tokens. It signs once every verifier has it (SIGNING_KEY_LEAD_SECONDS), and the"
        " key before it is refused once its last token has run out: all by the clock, in all processes, without a"
        " restart. Safe at any time and as often as you like: while a new key waits for its turn no other is made. For"
        " a key that somebody else may have: --emergency, after which everybody's access token is refused and renewed"
        " with the refresh token (docs/keys.md)."
    )
    examples = """
        --dry-run
        --wait
        list
        list --jwks
        --emergency
        reseal
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be done")
        parser.add_argument("--wait", action="store_true", help="return when the new key signs")
        parser.add_argument("--emergency", action="store_true", help="refuse all keys of today at once")
        parser.set_defaults(act=self._rotate)
        commands = parser.add_subparsers(metavar="list|reseal")
        listing = commands.add_parser("list", help="all keys that there ever were, the oldest first")
        listing.add_argument("--jwks", action="store_true", help="their public halves as one JWK set, for old receipts")
        listing.set_defaults(act=self._list)
        resealing = commands.add_parser(
            "reseal", help="encrypt private keys anew, under the first of AUTH_KEY_ENCRYPTION_KEYS"
        )
        resealing.set_defaults(act=self._reseal)

    def handle(self, *, act: Any, **options: Any) -> None:
        act(options)

    def _rotate(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        if options["dry_run"]:
            self._foresee(is_emergency=options["emergency"], now=now)
            return
        rotation = services.replace_all(now=now) if options["emergency"] else services.rotate(now=now)
        self._tell(rotation)
        if options["wait"]:
            wait((rotation.key.signs_from - timezone.now()).total_seconds(), what="until it signs")
            self.stdout.write(f"{rotation.key.kid} signs.")

    def _foresee(self, *, is_emergency: bool, now: datetime) -> None:
        keys = selectors.recent()
        if is_emergency:
            for key in schedule.live(keys, now=now):
                self.stdout.write(f"{key.kid} would be refused at once.")
        elif waiting := schedule.upcoming(keys, now=now):
            signs_from = _when(waiting.signs_from)
            self.stdout.write(f"No other would be made: {waiting.kid} is published and signs from {signs_from}.")
        else:
            self.stdout.write(f"A new key would be published, and sign from {_when(now + schedule.lead())}.")

    def _tell(self, rotation: services.Rotation) -> None:
        key, keys = rotation.key, selectors.recent()
        self.stdout.write(f"{key.kid} {'is published' if rotation.is_new else 'was published before'}.")
        self.stdout.write(f"It signs from {_when(key.signs_from)}.")
        for other in schedule.live(keys, now=timezone.now()):
            if ends_at := schedule.retires_at(other, keys):
                self.stdout.write(f"{other.kid} is refused from {_when(ends_at)}.")

    def _list(self, options: dict[str, Any]) -> None:
        keys = selectors.every()
        if options["jwks"]:
            self.stdout.write(json.dumps({"keys": [public_jwk_of(key.x) for key in keys]}, indent=1))
            return
        states = schedule.states(keys, now=timezone.now())
        self.stdout.write(f"{'kid':43}  {'state':9}  {'published':20}  {'signs from':20}  refused from")
        for key in keys:
            self.stdout.write(_line(key, states[key.number], schedule.retires_at(key, keys)))

    def _reseal(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"Encrypted under the first key: {services.reseal(now=timezone.now())}.")


def _line(key: SigningKey, state: str, ends_at: datetime | None) -> str:
    return f"{key.kid}  {state:9}  {_when(key.published_at)}  {_when(key.signs_from)}  {_when(ends_at)}"


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else "-"
