"""The settings of Posts, with the pages and commands of the measurements."""

from posts_project.settings import *  # noqa: F403 - all of them, as they are
from posts_project.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.site"]
ROOT_URLCONF = "benchmarks.site.urls"
