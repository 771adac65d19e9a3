"""What needs a project's settings: its types, its migrations, production settings without a warning."""

import os
import subprocess
import sys
from pathlib import Path

from tools.devstack import environment
from tools.devstack.databases import throw_away_databases

ROOT = Path(__file__).resolve().parents[2]
# A migration of Posts has to leave the version before it working. MongoDB has no columns to take away.
LINTED = (
    "--settings=tools.devstack.lint_settings", "--no-cache", "--quiet", "ok", "ignore",
    # Theirs are what they are; ours from before the first release had no version to leave working.
    "--exclude-apps", "procrastinate", "admin", "auth", "contenttypes", "sessions",
    "--ignore-name", "0002_reposts",
)  # fmt: skip


def run() -> int:
    with throw_away_databases(environ=os.environ) as databases:
        addresses = databases.addresses(auth_port=8001, posts_port=8002)
        test = environment.test(databases.folder, addresses)
        production = environment.production(databases.folder, addresses)
        results = [_service_passes(service, test=test, production=production) for service in ("auth", "posts")]
        results.append(_passes("-m", "django", "lintmigrations", *LINTED, variables=test | {"LOG_LEVEL": "WARNING"}))
    return 0 if all(results) else 1


def _service_passes(service: str, *, test: dict[str, str], production: dict[str, str]) -> bool:
    manage = f"manage_{service}.py"
    # The types of models come from a project's own settings, so each project is checked by itself; of the tools some
    # touch Auth's, none those of Posts.
    with_settings = test | {"DJANGO_SETTINGS_MODULE": f"{service}_project.settings"}
    packages = ["shared", f"{service}_project", *(["tools"] if service == "auth" else [])]
    results = [
        _passes("-m", "mypy", *packages, variables=with_settings),
        _passes(manage, "makemigrations", "--check", "--dry-run", variables=test),
        _passes(manage, "check", "--deploy", "--fail-level", "WARNING", variables=production),
    ]
    return all(results)


def _passes(*command: str, variables: dict[str, str]) -> bool:
    print(f"{' '.join(command)} ({variables['ENVIRONMENT']})", flush=True)
    return subprocess.run([sys.executable, *command], cwd=ROOT, env={**os.environ, **variables}).returncode == 0
