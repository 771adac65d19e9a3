"""Settings of Posts for `lintmigrations`, a command of a package that only developers have."""

from posts_project.settings import *  # noqa: F403
from posts_project.settings import INSTALLED_APPS

INSTALLED_APPS.append("django_migration_linter")
