"""The compose files: valid, hardened, in step with what the settings read. (They are not run: docs/deployment.md.)"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.keys import load_key_set, load_private_key, public_jwk
from tests.deploy.settings_read import is_read_by

ROOT = Path(__file__).parents[2]
FILES = ("compose.yaml", "compose.scale.yaml", "compose.tls.yaml")


def merged(base: Any, top: Any) -> Any:
    """As compose does: maps by their keys, lists one after the other, volumes by where they are mounted."""
    if isinstance(base, dict) and isinstance(top, dict):
        return {key: merged_at(key, base.get(key), top.get(key)) for key in base | top}
    return base if top is None else top


def merged_at(key: str, base: Any, top: Any) -> Any:
    if isinstance(base, list) and isinstance(top, list) and key == "volumes":
        by_target = {volume.split(":")[1]: volume for volume in [*base, *top]}
        return list(by_target.values())
    if isinstance(base, list) and isinstance(top, list) and key in ("ports", "secrets"):
        return [*base, *top]
    return merged(base, top)


LOADED = {file: yaml.safe_load((ROOT / file).read_text()) for file in FILES}
# What compose would run: the trial by itself, and each file on top of it.
SITES = {"compose.yaml": LOADED["compose.yaml"]}
SITES |= {file: merged(LOADED["compose.yaml"], LOADED[file]) for file in FILES[1:]}
CONTAINERS = [(file, name) for file, site in SITES.items() for name in site["services"]]
OURS = [(file, name) for file, name in CONTAINERS if name.startswith(("auth", "posts"))]


@pytest.mark.slow
def test_they_are_valid_by_the_compose_specification():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", *FILES]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("file", "name"), CONTAINERS)
def test_every_container_is_read_only_without_privileges_and_bounded(file, name):
    service = SITES[file]["services"][name]

    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit", "networks"} <= set(service)
    assert service["networks"] == ["inside"]


@pytest.mark.parametrize(("file", "name"), CONTAINERS)
def test_every_container_that_stays_is_asked_whether_it_is_well(file, name):
    service = SITES[file]["services"][name]
    asked = service.get("healthcheck", {"test": "the one of its image"})

    assert ("test" in asked) == (service["restart"] != "no")


@pytest.mark.parametrize(("file", "name"), CONTAINERS)
def test_an_image_is_named_by_its_version_or_built_from_here(file, name):
    service = SITES[file]["services"][name]

    if "build" in service:
        assert (ROOT / service["build"]["dockerfile"]).exists()
    else:
        assert re.search(r":\d+(\.\d+)?(-alpine)?$", service["image"])


@pytest.mark.parametrize(("file", "name"), OURS)
def test_secrets_come_as_files_and_each_is_there(file, name):
    site, service = SITES[file], SITES[file]["services"][name]
    mounted = {f"/run/secrets/{secret}" for secret in service["secrets"]}
    wanted = {value for value in service["environment"].values() if str(value).startswith("/run/secrets/")}

    assert wanted == mounted
    assert set(service["secrets"]) <= set(site["secrets"])
    for variable in service["environment"]:
        assert not variable.endswith(("SECRET_KEY", "PASSWORD", "TOKEN_KEY", "ENCRYPTION_KEYS")), (
            f"{variable} is not a file"
        )


@pytest.mark.parametrize(("file", "name"), OURS)
def test_every_variable_is_one_that_is_read(file, name):
    for variable in SITES[file]["services"][name]["environment"]:
        assert is_read_by(name.split("-")[0], variable), variable


@pytest.mark.parametrize("file", FILES)
def test_nothing_but_the_gateway_can_be_reached_and_it_only_from_this_machine(file):
    services = SITES[file]["services"]

    assert [name for name, service in services.items() if "ports" in service] == ["gateway"]
    assert all(port.startswith("127.0.0.1:") for port in services["gateway"]["ports"])


@pytest.mark.parametrize("file", FILES)
def test_files_that_are_mounted_are_there(file):
    for service in SITES[file]["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith("./") else source in SITES[file]["volumes"]


def test_with_tls_nothing_of_ours_speaks_in_the_clear():
    services = SITES["compose.tls.yaml"]["services"]

    for _, name in OURS[: len(OURS) // len(SITES)]:
        variables = services[name]["environment"]
        assert variables["REQUIRE_HTTPS"] == "true"
        assert all(not variables[one].startswith("http:") for one in variables if one.endswith(("_URL", "_ISSUER")))
    conf = (ROOT / "deploy/gateway/tls.conf").read_text()
    assert set(re.findall(r"listen (\d+)(?! ssl);", conf)) == {"8080"}  # which answers /healthz alone


def test_three_nodes_a_replica_and_several_workers():
    services = SITES["compose.scale.yaml"]["services"]

    nodes = re.search(r"mongodb://([^/]+)/", services["auth"]["environment"]["MONGODB_URL"])[1].split(",")
    script = (ROOT / "deploy/mongo/three_nodes.js").read_text()
    assert [node.removesuffix(":27017") for node in nodes] == [name for name in services if name.startswith("mongo")]
    assert all(f'"{node}"' in script for node in nodes)
    replicas = {name: service["deploy"]["replicas"] for name, service in services.items() if "deploy" in service}
    assert replicas == {"auth": 2, "auth-worker": 3, "posts": 2, "posts-worker": 3}
    assert services["posts"]["build"]["args"] == {"WITH_REDIS": "yes"}


def test_the_scripts_make_keys_that_the_services_can_read(tmp_path):
    for script in ("make_secrets", "make_certificates", "make_secrets"):  # a second run keeps what is there
        subprocess.run([ROOT / "deploy" / script, tmp_path], check=True, capture_output=True)

    made = {f"./deploy/secrets/{path.name}" for path in tmp_path.iterdir()}
    assert {secret["file"] for site in SITES.values() for secret in site["secrets"].values()} == made
    for service in ("auth_service", "posts_service"):
        kid = public_jwk(load_private_key(tmp_path / f"{service}.pem"))["kid"]
        assert list(load_key_set(tmp_path / f"{service}.jwks.json")) == [kid]
    assert len((tmp_path / "auth_secret_key").read_text().strip()) >= 50
    judged = [
        "openssl",
        "verify",
        "-x509_strict",
        "-CAfile",
        "ca.crt",
        "auth_tls.crt",
        "posts_tls.crt",
        "gateway_tls.crt",
    ]
    assert subprocess.run(judged, cwd=tmp_path, capture_output=True).returncode == 0
