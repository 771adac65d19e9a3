"""`manage_auth.py serve`: the Auth service."""

from auth_project import health
from shared.starting import ServeCommand


class Command(ServeCommand):
    database = "MongoDB"
    ask = staticmethod(health.database)
    application = "auth_project.wsgi:application"
    port = 8001
