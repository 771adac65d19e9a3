"""What granian serves: `granian --interface wsgi posts_project.wsgi:application`. Each worker process loads it anew."""

import os
import threading

from django.core.wsgi import get_wsgi_application

from shared.holding import bounded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posts_project.settings")

application = bounded(get_wsgi_application())

from posts_project import pool  # noqa: E402 - these need the applications that the line above loads
from posts_project.authentication import warm_up  # noqa: E402
from shared import tracing  # noqa: E402

tracing.start("posts")
pool.watch()
threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
