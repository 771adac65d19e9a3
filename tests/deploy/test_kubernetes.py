"""The Kubernetes manifests: valid by Kubernetes' own schemas, hardened, and in step with code, images and gateway."""

import re
import shutil
import subprocess
from itertools import product
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from django.test import Client

from tests.deploy.images import Image
from tests.deploy.manifests import (
    ALL,
    K8S,
    WORKLOADS,
    container,
    pod,
    resources,
    secret_files,
    selects,
    settings,
)
from tests.deploy.settings_read import is_read_by

ROOT = Path(__file__).parents[2]
KUBERNETES = "1.33"  # what is asked of a cluster: docs/kubernetes.md
OURS = [name for name in WORKLOADS if name.startswith(("auth", "posts"))]
LASTING = [name for name, one in WORKLOADS.items() if one["kind"] == "Deployment"]
DOCUMENT = (ROOT / "docs/kubernetes.md").read_text()
POLICIES = {name: one["spec"] for (kind, name), one in ALL.items() if kind == "NetworkPolicy"}


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_it_is_valid_by_kubernetes_own_schemas(kind, name):
    kubernetes_validate.validate(ALL[kind, name], KUBERNETES, strict=True)


def test_every_file_belongs_to_a_kustomization():
    taken = {path for folder in ("migrate", "site") for path in resources(K8S / folder)}

    assert {path for path in K8S.rglob("*.yaml") if path.name != "kustomization.yaml"} == taken


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on this machine")
@pytest.mark.parametrize("folder", ["migrate", "site"])
def test_kustomize_puts_them_together(folder):
    built = subprocess.run(["kubectl", "kustomize", K8S / folder], capture_output=True, text=True)

    assert built.returncode == 0, built.stderr
    made = list(yaml.safe_load_all(built.stdout))
    assert len(made) == len(list(yaml_of(folder))) + (folder == "site")  # the gateway's files
    images = set(re.findall(r"image: (\S+)", built.stdout))
    assert all(re.search(r":\d+\.\d+", image) for image in images)


def yaml_of(folder: str):
    for path in resources(K8S / folder):
        yield from yaml.safe_load_all(path.read_text())


@pytest.mark.asvs("13.2.2")
@pytest.mark.parametrize("name", WORKLOADS)
def test_every_pod_is_hardened_and_bounded(name):
    context, inside = pod(name)["securityContext"], container(name)["securityContext"]

    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] > 0
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert inside["capabilities"] == {"drop": ["ALL"]}
    assert (inside["readOnlyRootFilesystem"], inside["allowPrivilegeEscalation"]) == (True, False)
    assert pod(name)["automountServiceAccountToken"] is False
    limits = container(name)["resources"]
    assert set(limits["requests"]) == set(limits["limits"]) == {"cpu", "memory", "ephemeral-storage"}
    assert all(mount["readOnly"] for mount in container(name)["volumeMounts"] if mount["mountPath"] == "/run/secrets")


@pytest.mark.parametrize("name", OURS)
def test_an_image_is_one_that_is_built_here_and_its_command_one_that_there_is(name):
    service = name.split("-")[0]
    image = Image.of(service)
    components = yaml.safe_load((K8S / "images/kustomization.yaml").read_text())["images"]

    assert container(name)["image"] in {one["name"] for one in components if re.match(r"\d", one["newTag"])}
    assert container(name)["image"] == f"social-backend-{service}"
    assert container(name)["args"][:2] == image.command[:2]
    assert container(name)["args"][2] in ("serve", "worker", "migrate")
    assert str(pod(name)["securityContext"]["runAsUser"]) == image.of_the_last_stage("USER")[0]


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_one_that_is_read(name):
    for variable in settings(name):
        assert is_read_by(name.split("-")[0], variable), variable


@pytest.mark.asvs("13.3.1")
@pytest.mark.parametrize("name", OURS)
def test_secrets_are_files_each_mounted_and_each_told_how_it_is_made(name):
    named = set(re.findall(r"/run/secrets/([\w.]+)", " ".join(settings(name).values())))
    from_url = {"mongodb_ca.crt"} if name.startswith("auth") else set()  # named in the address, which is a secret

    assert set(secret_files(name)) == named | from_url
    for secret, key in secret_files(name).values():
        if secret.endswith("-tls"):
            assert f"secretName: {secret}" in DOCUMENT
        else:
            assert re.search(
                rf"create secret generic {secret}\b[^`]*--from-file=(\S*/)?{re.escape(key)}\s", DOCUMENT
            ), key


@pytest.mark.parametrize("name", LASTING)
def test_a_pod_is_asked_whether_it_is_well_at_a_path_that_answers(name):
    one = container(name)
    ports = {port["name"]: port["containerPort"] for port in one["ports"]}
    probes = {
        kind: one[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness") if f"{kind}Probe" in one
    }

    assert {"startup", "liveness"} <= set(probes)
    assert all(probe["port"] in ports for probe in probes.values())
    paths = {probe["path"] for probe in probes.values()}
    if name in ("auth", "posts"):
        assert (probes["liveness"]["path"], probes["readiness"]["path"]) == ("/healthz", "/readyz")
        assert ports == {"https": Image.of(name).port}
        # From `shared.health`, as the URLs of these tests; test_images.py asks the real ones.
        assert {Client().get(path).status_code for path in paths} == {200}
    elif name.endswith("-worker"):
        assert (paths, str(ports["metrics"])) == ({"/metrics"}, settings(name)["METRICS_PORT"])
    else:
        conf = (ROOT / "deploy/gateway/tls.conf").read_text()
        assert all(f"location = {path}" in conf for path in paths)
        assert set(re.findall(r"listen (\d+)", conf)) == {str(port) for port in ports.values()}


@pytest.mark.parametrize("name", LASTING)
def test_a_pod_may_be_taken_away_one_at_a_time_and_has_time_to_leave(name):
    budget = ALL["PodDisruptionBudget", name]["spec"]

    assert budget["maxUnavailable"] == 1
    assert selects(budget["selector"], name)
    assert WORKLOADS[name]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert pod(name)["terminationGracePeriodSeconds"] > 10 + float(settings(name).get("DRAIN_SECONDS", 0))
    assert ("HorizontalPodAutoscaler", name) in ALL or WORKLOADS[name]["spec"]["replicas"] >= 2


@pytest.mark.parametrize("name", ["auth", "posts"])
def test_a_service_is_noticed_to_leave_before_it_does(name):
    probe = container(name)["readinessProbe"]

    assert probe["periodSeconds"] * probe["failureThreshold"] < float(settings(name)["DRAIN_SECONDS"])


@pytest.mark.parametrize("service", ["auth", "posts", "gateway", "gateway-admin"])
def test_a_name_in_the_cluster_leads_to_ports_that_somebody_listens_at(service):
    spec = ALL["Service", service]["spec"]
    name = spec["selector"]["app.kubernetes.io/name"]
    listened_at = {port["name"] for port in container(name)["ports"]}

    assert {port["targetPort"] for port in spec["ports"]} <= listened_at
    assert (spec.get("type") == "LoadBalancer") == (service == "gateway")


def may_open(source: str, target: str, port: int) -> bool:
    """Whether the policies let pods of `source` (empty: anybody outside) open a connection to `port` of `target`."""
    rules = [
        rule
        for spec in POLICIES.values()
        if "Ingress" in spec["policyTypes"] and selects(spec["podSelector"], target)
        for rule in spec.get("ingress", [])
    ]
    return any(lets_in(rule, source) and port in {one["port"] for one in rule["ports"]} for rule in rules)


def lets_in(rule: dict, source: str) -> bool:
    if "from" not in rule:
        return True
    return bool(source) and any("podSelector" in one and selects(one["podSelector"], source) for one in rule["from"])


@pytest.mark.asvs("10.4.10", "13.4.5")
def test_only_the_gateway_can_be_reached_from_outside_and_each_service_only_by_it_and_the_peer():
    everybody = ["", *WORKLOADS]
    ports = {"auth": 8001, "posts": 8002, "auth-worker": 9100, "posts-worker": 9100}

    let_in = {target: {one for one in everybody if may_open(one, target, port)} for target, port in ports.items()}

    assert let_in == {
        "auth": {"gateway", "posts", "posts-worker"},
        "posts": {"gateway", "auth", "auth-worker"},
        "auth-worker": set(),
        "posts-worker": set(),
    }
    assert [port for port in (8443, 8444, 8445, 8080) if may_open("", "gateway", port)] == [8443]
    assert POLICIES["nobody"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize(("source", "target"), list(product(LASTING, ["auth", "posts"])))
def test_whoever_is_let_in_is_let_out_too(source, target):
    port = {"auth": 8001, "posts": 8002}[target]
    rules = [
        rule
        for spec in POLICIES.values()
        if "Egress" in spec["policyTypes"] and selects(spec["podSelector"], source)
        for rule in spec.get("egress", [])
    ]
    let_out = any(
        port in {one["port"] for one in rule["ports"]} and selects(one["podSelector"], target)
        for rule in rules
        for one in rule.get("to", [])
        if "namespaceSelector" not in one
    )

    assert let_out == may_open(source, target, port)
