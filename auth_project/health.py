"""What must work for this service to be ready."""

from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from auth_project.mongodb import connection
from auth_project.posts_client import posts_client
from auth_project.signing_keys import keyring
from shared.health import PeerProbe


class NotMigrated(Exception):
    """`manage_auth.py migrate` has not been run with this version of the code."""


def database() -> None:
    """:raises PyMongoError: no primary answers."""
    connection().ensure_connection()
    connection().database.command("ping")


def migrations() -> None:
    executor = MigrationExecutor(connection())
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotMigrated


def signing_keys() -> None:
    """:raises NoSigningKey: there is none, nor will there be in a moment."""
    if not keyring.current().is_ready(now=timezone.now()):
        raise keyring.NoSigningKey


def posts() -> PeerProbe:
    return PeerProbe(breaker=posts_client().breaker, ask=posts_client().ping)
