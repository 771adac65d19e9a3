"""Settings from the environment: typed, with the unit in the name, refusing to start on a bad value.

What the real environment leaves unset may stand in `$DATA_DIR/stack.env`, which the development stack writes;
so a command typed beside a running stack talks to that stack.
"""

import os
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env as EnvironsEnv
from environs import EnvError, EnvValidationError

ENVIRONMENTS = ("development", "test", "production")

_REQUIRED: Final[Any] = object()


class ConfigurationError(ImproperlyConfigured):
    """A variable is missing or has a value that cannot be used; the message begins with its name."""


class Env:
    """Reads one variable a call; every fault is a `ConfigurationError` that names the variable, never its value."""

    def __init__(self, stack_file: Path | None = None) -> None:
        self._env = EnvironsEnv()
        if stack_file is not None:
            self._env.read_env(stack_file, recurse=False)

    @classmethod
    def read(cls) -> "Env":
        """The environment, completed by `stack.env` of the data folder where there is one."""
        return cls(Path(os.environ.get("DATA_DIR", ".data")) / "stack.env")

    def text(self, name: str, default: Any = _REQUIRED) -> str:
        return self._get("str", name, default)

    def secret(self, name: str, default: Any = _REQUIRED, *, at_least: int = 32) -> str:
        """The value of `name`, or of the file that `name`_FILE names; at least `at_least` characters."""
        path = self._get("str", f"{name}_FILE", "")
        value = _read_secret(name, path) if path else self.text(name, default)
        if len(value) < at_least:
            raise ConfigurationError(f"{name}: must have at least {at_least} characters")
        return value

    def secrets(self, name: str, *, at_least: int = 32) -> list[str]:
        """One or more, in a comma list or, in the file that `name`_FILE names, one a line; each has `at_least`
        characters."""
        values = [word for word in re.split(r"[,\s]+", self.secret(name, at_least=0)) if word]
        if not values or min(map(len, values)) < at_least:
            raise ConfigurationError(f"{name}: must have at least {at_least} characters each")
        return values

    def integer(self, name: str, default: Any = _REQUIRED, *, at_least: int = 0, at_most: int | None = None) -> int:
        return int(_within(name, self._get("int", name, default), at_least, at_most))

    def seconds(self, name: str, default: Any = _REQUIRED, *, at_most: float | None = None) -> float:
        return _within(name, self._get("float", name, default), 0.0, at_most)

    def flag(self, name: str, default: Any = _REQUIRED) -> bool:
        return self._get("bool", name, default)

    def words(self, name: str, default: Sequence[str] | Any = _REQUIRED) -> list[str]:
        """A comma list, blanks and empty words left out."""
        return [word.strip() for word in self._get("list", name, default) if word.strip()]

    def choice(self, name: str, default: Any = _REQUIRED, *, among: Sequence[str]) -> str:
        value = self.text(name, default)
        if value not in among:
            raise ConfigurationError(f"{name}: must be one of {', '.join(among)}")
        return value

    def url(self, name: str, default: Any = _REQUIRED, *, schemes: Sequence[str] = ("http", "https")) -> str:
        """An absolute URL without a trailing slash."""
        value = self.text(name, default)
        parts = urlsplit(value)
        if parts.scheme not in schemes or not parts.netloc:
            raise ConfigurationError(
                f"{name}: must be a URL that starts with {' or '.join(f'{s}://' for s in schemes)}"
            )
        return value.rstrip("/")

    def path(self, name: str, default: Any = _REQUIRED) -> Path:
        return Path(self.text(name, default))

    def _get(self, kind: str, name: str, default: Any) -> Any:
        try:
            reader = getattr(self._env, kind)
            return reader(name) if default is _REQUIRED else reader(name, default)
        except EnvError as error:
            reason = f"is not a valid {kind}" if isinstance(error, EnvValidationError) else "must be set"
            raise ConfigurationError(f"{name}: {reason} (see .env.example)") from error


def _within(name: str, value: float, least: float, most: float | None) -> float:
    if value < least or (most is not None and value > most):
        bounds = f"at least {least}" if most is None else f"between {least} and {most}"
        raise ConfigurationError(f"{name}: must be {bounds}")
    return value


def _read_secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{name}_FILE: {path} cannot be read ({error.__class__.__name__})") from error


def is_installed(package: str) -> bool:
    """Whether what an option needs is there."""
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # not even what it is part of
        return False
