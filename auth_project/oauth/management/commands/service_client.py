"""`manage_auth.py service_client add | list | revoke`: who may ask what a token is worth."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from auth_project.oauth import clients
from auth_project.oauth.models import MAX_NAME, ServiceClient
from auth_project.staff.commands import OperatorCommand


class Command(OperatorCommand):
    help = (
        "Services of others that may ask /oauth/introspect what a token is worth, and end its session at /oauth/revoke."
        " Each has a client id and a secret, which is shown once, at `add`. To renew a secret: add the service again,"
        " give it the new credentials, then revoke the old ones."
    )
    examples = """
        add "Photo printer"
        list
        revoke dGhlIGNsaWVudCBp
    """

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(required=True, metavar="add|list|revoke")
        adding = commands.add_parser("add", help="make credentials; they are printed once")
        adding.add_argument("name", type=_name, help="for your own eyes, up to 100 characters")
        adding.set_defaults(act=self._add)
        commands.add_parser("list", help="all, the oldest first").set_defaults(act=self._list)
        revoking = commands.add_parser("revoke", help="refuse those credentials from now on, for good")
        revoking.add_argument("client_id", help="as `list` shows it")
        revoking.set_defaults(act=self._revoke)

    def handle(self, *, act: Any, **options: Any) -> None:
        act(options)

    def _add(self, options: dict[str, Any]) -> None:
        client, secret = clients.add(name=options["name"], now=timezone.now())
        self.stdout.write(f"client_id     {client.pk}\nclient_secret {secret}")
        self.stderr.write("The secret is not kept and cannot be shown again.")

    def _list(self, options: dict[str, Any]) -> None:
        for client in ServiceClient.objects.all():
            revoked = f"revoked {client.revoked_at:%Y-%m-%d %H:%M}" if client.revoked_at else "active"
            self.stdout.write(f"{client.pk}  {client.created_at:%Y-%m-%d %H:%M}  {revoked}  {client.name}")

    def _revoke(self, options: dict[str, Any]) -> None:
        client_id = options["client_id"]
        if clients.revoke(client_id, now=timezone.now()):
            self.stdout.write(f"{client_id} is refused from now on.")
        elif ServiceClient.objects.filter(pk=client_id).exists():
            self.stdout.write(f"{client_id} was revoked before.")
        else:
            raise CommandError(f"client_id: There is no {client_id!r}. `service_client list` shows all.")


def _name(text: str) -> str:
    """:raises ValueError: nothing to see, control characters, or too long."""
    if not text.strip() or not text.isprintable() or len(text) > MAX_NAME:
        raise ValueError
    return text.strip()
