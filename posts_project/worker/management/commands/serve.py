"""`manage_posts.py serve`: the Posts service."""

import os
from typing import Any

from django.conf import settings

from posts_project import health
from posts_project.worker.starting import prepare
from shared import holding
from shared.starting import ServeCommand


class Command(ServeCommand):
    database = "PostgreSQL"
    ask = staticmethod(health.connect)
    prepare = staticmethod(prepare)
    application = "posts_project.wsgi:application"
    port = 8002

    def handle(self, **options: Any) -> None:
        os.environ[holding.HELD] = str(settings.STREAMS_PER_PROCESS)
        super().handle(**options)
