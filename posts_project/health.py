"""Whether this process can serve: its database answers and has every migration. Auth being down only degrades it."""

import psycopg
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from posts_project.auth_client import auth, breaker
from posts_project.measures import SAMPLES
from shared.health import PeerProbe, health_urls, once_passed


class NotMigrated(Exception):
    """The database lacks migrations that this code needs."""


def ping() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def connect() -> None:
    """For those who start: past the pool, which goes on trying by itself and does not say why it fails."""
    psycopg.connect(**connection.get_connection_params()).close()


def migrated() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotMigrated


HEALTH_URLS = health_urls(
    checks={"database": ping, "migrations": once_passed(migrated)},
    peers={"auth": PeerProbe(breaker=breaker, ask=lambda: auth().ping())},
    samples=SAMPLES,
)
