"""`manage_posts.py serve`: the Posts service."""

from posts_project import health
from shared.starting import ServeCommand


class Command(ServeCommand):
    database = "PostgreSQL"
    ask = staticmethod(health.connect)
    application = "posts_project.wsgi:application"
    port = 8002
