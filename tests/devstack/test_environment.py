import json
import shlex
import subprocess
import sys
from pathlib import Path

from shared.keys import load_key_set, load_private_key, public_jwk
from tools.devstack import environment
from tools.devstack.environment import Addresses

ROOT = Path(__file__).resolve().parents[2]
ADDRESSES = Addresses(
    mongodb_url="mongodb://127.0.0.1:20001/auth?replicaSet=rs0",
    postgres_url="postgresql://posts:secret@127.0.0.1:20002/posts",
    auth_port=8001,
    posts_port=8002,
)


def test_keys_and_secrets_are_private_and_stay_the_same(tmp_path: Path) -> None:
    first = environment.development(tmp_path, ADDRESSES)

    assert environment.development(tmp_path, ADDRESSES) == first
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_each_service_pins_the_public_key_of_the_other(tmp_path: Path) -> None:
    variables = environment.development(tmp_path, ADDRESSES)

    for service in ("AUTH", "POSTS"):
        own = load_private_key(Path(variables[f"{service}_SERVICE_KEY_FILE"]))
        assert list(load_key_set(Path(variables[f"{service}_SERVICE_JWKS_FILE"]))) == [public_jwk(own)["kid"]]
        assert "d" not in json.loads(Path(variables[f"{service}_SERVICE_JWKS_FILE"]).read_text())["keys"][0]


def test_a_key_that_was_being_written_when_the_stack_was_killed_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "auth_service.pem.unfinished").write_text("-----BEGIN")

    variables = environment.development(tmp_path, ADDRESSES)

    load_private_key(Path(variables["AUTH_SERVICE_KEY_FILE"]))


def test_the_stack_file_is_private_and_complete(tmp_path: Path) -> None:
    variables = environment.development(tmp_path, ADDRESSES)

    environment.write_stack_file(tmp_path, variables)

    file = tmp_path / "stack.env"
    assert file.stat().st_mode & 0o777 == 0o600
    assert dict(word.split("=", 1) for word in shlex.split(file.read_text())) == variables


def test_commands_beside_the_stack_read_its_file_and_their_own_environment_wins(tmp_path: Path) -> None:
    environment.write_stack_file(tmp_path, environment.development(tmp_path, ADDRESSES))
    script = "from shared.env import Env; env = Env.read(); print(env.text('POSTGRES_URL'), env.text('LOG_LEVEL'))"

    printed = subprocess.check_output(
        [sys.executable, "-c", script], env={"DATA_DIR": str(tmp_path), "LOG_LEVEL": "WARNING"}, cwd=ROOT, text=True
    )

    assert printed.split() == [ADDRESSES.postgres_url, "WARNING"]
