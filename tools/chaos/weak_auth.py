"""Settings of an Auth whose writes are acknowledged by one server alone: for the control that must lose some."""

from auth_project.settings import *  # noqa: F403
from auth_project.settings import DATABASES

_default = DATABASES["default"]
DATABASES = {"default": _default | {"OPTIONS": dict(_default["OPTIONS"]) | {"w": 1, "journal": False}}}  # type: ignore[arg-type]
