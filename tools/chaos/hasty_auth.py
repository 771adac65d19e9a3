"""Settings of an Auth that sends each event once and takes it for delivered: for the control that must lose some."""

from auth_project.settings import *  # noqa: F403
from auth_project.settings import INSTALLED_APPS

INSTALLED_APPS.append("tools.chaos.hasty")
