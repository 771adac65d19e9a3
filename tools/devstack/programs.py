"""Where the database programs are, and as whom they may run."""

import importlib.util
import os
import shutil
import subprocess
from importlib.machinery import ModuleSpec
from pathlib import Path

from tools.devstack.errors import StackError

USER_NAMESPACE = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
PLAIN_USER = 1000


def find_program(name: str, *, package: str, folder: str, variable: str) -> Path:
    """Return the path of `name` in the installed `package`, or of the one on PATH.

    :raises StackError: there is neither.
    """
    spec = _find_spec(package)
    for place in (spec and spec.submodule_search_locations) or []:
        program = Path(place) / folder / name
        if program.is_file():
            return program
    if on_path := shutil.which(name):
        return Path(on_path).resolve()  # a link may stand alone; its neighbours are where it points
    raise StackError(
        f"No {name} found: run `make` with a Python whose platform has a wheel of it, install it, "
        f"set {variable} to a running server, or use `docker compose up`."
    )


def not_as_root(folder: Path) -> list[str]:
    """Return what to put before a command that refuses to run as root, after giving it access to `folder`.

    Nothing for a normal user. For root a user namespace, in which root's own files belong to user 1000;
    where those are switched off, or `folder` belongs to somebody already, that user itself.
    """
    if os.geteuid() != 0:
        return []
    owner = folder.stat().st_uid
    if owner == 0 and _works([*USER_NAMESPACE, "true"]):
        return USER_NAMESPACE
    return _as_user(owner or PLAIN_USER, folder)


def _as_user(user: int, folder: Path) -> list[str]:
    # A change of user takes away the signal that Child has asked for, so it is asked for again here.
    prefix = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--pdeathsig=INT"]
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, user)
    if not _works([*prefix, "test", "-w", str(folder)]):
        raise StackError(
            f"PostgreSQL does not run as root, and user {user} cannot reach {folder}: "
            "run as a normal user, or set DATA_DIR to a folder that user can reach."
        )
    return prefix


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def _find_spec(package: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(package)
    except ModuleNotFoundError:  # its parent is not installed
        return None
