"""compose.yaml: valid, hardened, and in step with what the settings read. (It is not run here: docs/deployment.md.)"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from shared.keys import load_key_set, load_private_key, public_jwk

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = [name for name in SERVICES if name.startswith(("auth", "posts"))]


def test_it_is_valid_by_the_compose_specification():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_read_only_and_without_privileges(name):
    service = SERVICES[name]

    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("service", ["auth", "posts"])
def test_our_images_do_not_run_as_root_nor_build_as_they_run(service):
    dockerfile = (ROOT / "deploy" / f"{service}.Dockerfile").read_text()
    final = dockerfile.split("FROM ")[-1]

    assert "USER 10001" in final
    assert "pip install" not in final
    assert f"COPY {'posts' if service == 'auth' else 'auth'}_project" not in dockerfile


@pytest.mark.parametrize("name", OURS)
def test_secrets_come_as_files_and_each_is_there(name):
    service = SERVICES[name]
    mounted = {f"/run/secrets/{secret}" for secret in service["secrets"]}
    wanted = {value for value in service["environment"].values() if str(value).startswith("/run/secrets/")}

    assert wanted == mounted
    assert set(service["secrets"]) <= set(COMPOSE["secrets"])
    for variable in service["environment"]:
        assert not variable.endswith(("SECRET_KEY", "PASSWORD", "TOKEN_KEY", "ENCRYPTION_KEYS")), (
            f"{variable} is not a file"
        )


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_one_that_the_settings_read(name):
    project = f"{name.split('-')[0]}_project"
    settings = (ROOT / project / "settings.py").read_text() + (ROOT / "shared" / "metrics.py").read_text()

    for variable in SERVICES[name]["environment"]:
        assert re.search(rf'"{variable.removesuffix("_FILE")}(_FILE)?"', settings), variable


def test_nothing_but_the_gateway_can_be_reached_and_it_only_from_this_machine():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["gateway"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["gateway"]["ports"])


def test_the_script_makes_keys_that_the_services_can_read(tmp_path):
    for _ in range(2):  # a second run keeps what is there
        subprocess.run([ROOT / "deploy" / "make_secrets", tmp_path], check=True, capture_output=True)

    made = {f"./deploy/secrets/{path.name}" for path in tmp_path.iterdir()}
    assert {secret["file"] for secret in COMPOSE["secrets"].values()} == made
    for service in ("auth_service", "posts_service"):
        kid = public_jwk(load_private_key(tmp_path / f"{service}.pem"))["kid"]
        assert list(load_key_set(tmp_path / f"{service}.jwks.json")) == [kid]
    assert len((tmp_path / "auth_secret_key").read_text().strip()) >= 50
