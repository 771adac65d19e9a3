"""The variables both services read, and the keys and secrets behind them."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.keys import generate_private_key, key_set, load_private_key
from tools.devstack.ports import LOOPBACK

STACK_FILE = "stack.env"


@dataclass(frozen=True, kw_only=True)
class Addresses:
    mongodb_url: str
    postgres_url: str
    auth_port: int
    posts_port: int

    @property
    def auth_url(self) -> str:
        return f"http://{LOOPBACK}:{self.auth_port}"

    @property
    def posts_url(self) -> str:
        return f"http://{LOOPBACK}:{self.posts_port}"


def development(data_dir: Path, addresses: Addresses) -> dict[str, str]:
    return _variables(data_dir, addresses) | {
        "ENVIRONMENT": "development",
        "LOG_FORMAT": "console",
        "RATE_LIMIT_SCALE": "100",
    }


def test(data_dir: Path, addresses: Addresses) -> dict[str, str]:
    return _variables(data_dir, addresses) | {
        "ENVIRONMENT": "test",
        "LOG_FORMAT": "json",
        "RATE_LIMIT_SCALE": "1",
    }


def production(data_dir: Path, addresses: Addresses) -> dict[str, str]:
    """As the settings of a real site look: for checking them, not for serving with the keys of this machine."""
    return _variables(data_dir, addresses) | {
        "ENVIRONMENT": "production",
        "LOG_FORMAT": "json",
        "RATE_LIMIT_SCALE": "1",
        "ALLOWED_HOSTS": "auth.example.org,posts.example.org",
        "CORS_ALLOWED_ORIGINS": "https://example.org",
        "MONGODB_URL": "mongodb://mongo.example.org/auth?replicaSet=rs0&tls=true",
        "POSTGRES_URL": "postgresql://posts@postgres.example.org/posts?sslmode=verify-full",
        "AUTH_ISSUER": "https://auth.example.org",
        "AUTH_BASE_URL": "https://auth.example.org",
        "POSTS_BASE_URL": "https://posts.example.org",
    }


def write_stack_file(data_dir: Path, variables: Mapping[str, str]) -> None:
    """For commands typed beside the stack: `shared.env` takes from here what the environment leaves unset."""
    lines = "".join(f"{name}='{value}'\n" for name, value in variables.items())
    _write_private(data_dir / STACK_FILE, lines)


def _variables(data_dir: Path, addresses: Addresses) -> dict[str, str]:
    data_dir = data_dir.resolve()
    return {
        "DATA_DIR": str(data_dir),
        "AUTH_PORT": str(addresses.auth_port),
        "POSTS_PORT": str(addresses.posts_port),
        "ALLOWED_HOSTS": f"{LOOPBACK},localhost",
        "CORS_ALLOWED_ORIGINS": "",
        "TRUSTED_PROXIES": "",
        "LOG_LEVEL": "INFO",
        "MONGODB_URL": addresses.mongodb_url,
        "POSTGRES_URL": addresses.postgres_url,
        "AUTH_ISSUER": addresses.auth_url,
        "AUTH_BASE_URL": addresses.auth_url,
        "POSTS_BASE_URL": addresses.posts_url,
        **_keys(data_dir / "keys"),
    }


def _keys(folder: Path) -> dict[str, str]:
    """Make what is not there yet; keep the rest, so that sessions survive a restart."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return {
        "AUTH_SECRET_KEY": _secret(folder / "auth_secret_key"),
        "POSTS_SECRET_KEY": _secret(folder / "posts_secret_key"),
        "REFRESH_TOKEN_KEY": _secret(folder / "refresh_token_key"),
        "AUTH_KEY_ENCRYPTION_KEYS": _secret(folder / "auth_key_encryption_key"),
        "AUTH_SERVICE_KEY_FILE": _private_key(folder / "auth_service.pem"),
        "POSTS_SERVICE_KEY_FILE": _private_key(folder / "posts_service.pem"),
        "AUTH_SERVICE_JWKS_FILE": _pinned(folder / "auth_service.jwks.json", key=folder / "auth_service.pem"),
        "POSTS_SERVICE_JWKS_FILE": _pinned(folder / "posts_service.jwks.json", key=folder / "posts_service.pem"),
    }


def _secret(path: Path) -> str:
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(64))
    return path.read_text().strip()


def _private_key(path: Path) -> str:
    if not path.exists():
        _in_one_step(path, generate_private_key)
    return str(path)


def _pinned(path: Path, *, key: Path) -> str:
    """The peer's view of `key`, written anew at each start so that the two cannot drift apart."""
    _write_private(path, json.dumps(key_set([load_private_key(key)])))
    return str(path)


def _write_private(path: Path, text: str) -> None:
    def write(draft: Path) -> None:
        draft.touch(mode=0o600)
        draft.write_text(text)

    _in_one_step(path, write)


def _in_one_step(path: Path, write: Callable[[Path], object]) -> None:
    """A run that is killed in the middle leaves no half-written file at `path`."""
    draft = path.with_name(f"{path.name}.unfinished")
    draft.unlink(missing_ok=True)
    write(draft)
    os.replace(draft, path)
