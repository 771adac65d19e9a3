"""`manage_auth.py serve`: the Auth service."""

from auth_project import health
from auth_project.worker.starting import prepare
from shared.starting import ServeCommand


class Command(ServeCommand):
    database = "MongoDB"
    ask = staticmethod(health.database)
    prepare = staticmethod(prepare)
    application = "auth_project.wsgi:application"
    port = 8001
