"""Settings of an Auth whose writes are acknowledged by one server alone: for the control that must lose some."""

from auth_project.settings import *  # noqa: F403
from auth_project.settings import DATABASES

DATABASES["default"]["OPTIONS"] |= {"w": 1, "journal": False}
