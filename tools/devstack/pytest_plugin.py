"""`-p tools.devstack.pytest_plugin`: real databases and a whole environment before Django reads its settings.

The process that starts the run makes them; pytest-xdist's workers inherit them through the environment. Where
MONGODB_URL or POSTGRES_URL is set already, that server is used and none is started.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tools.devstack import environment
from tools.devstack.databases import throw_away_databases
from tools.devstack.errors import StackError

NOBODY_ANSWERS = 9  # the port of "discard": no test reaches a stack that happens to run beside it


# A wrapper, because pytest-django reads the settings in this same hook, and before every plain one.
@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        _use_own_mongo_database(worker)
    else:
        _prepare(early_config)
    return (yield)


def _prepare(config: pytest.Config) -> None:
    cleanup = ExitStack()
    config.add_cleanup(cleanup.close)
    try:
        databases = cleanup.enter_context(throw_away_databases(environ=os.environ))
    except StackError as error:
        raise pytest.UsageError(str(error)) from error
    addresses = databases.addresses(auth_port=NOBODY_ANSWERS, posts_port=NOBODY_ANSWERS)
    os.environ.update(environment.test(databases.folder, addresses))


def _use_own_mongo_database(worker: str) -> None:
    """`…/auth` becomes `…/auth_gw0`; on PostgreSQL pytest-django does the same by itself."""
    url = urlsplit(os.environ["MONGODB_URL"])
    os.environ["MONGODB_URL"] = url._replace(path=f"{url.path}_{worker}").geturl()
