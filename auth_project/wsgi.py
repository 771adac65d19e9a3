"""The Auth service for a WSGI server: `granian --interface wsgi auth_project.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "auth_project.settings")

application = get_wsgi_application()

from auth_project import statements  # noqa: E402 - these need the settings that the line above reads
from shared import tracing  # noqa: E402

if tracing.start("auth"):
    statements.follow()
