"""The Kubernetes manifests, for tests, as they stand in deploy/k8s."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "deploy/k8s"
Manifest = dict[str, Any]


def resources(folder: Path) -> list[Path]:
    """All manifests that the kustomization of that folder takes in, those of others that it names too."""
    named = yaml.safe_load((folder / "kustomization.yaml").read_text()).get("resources", [])
    paths = [(folder / name).resolve() for name in named]
    return [one for path in paths for one in (resources(path) if path.is_dir() else [path])]


def loaded(folder: str) -> list[Manifest]:
    paths = resources(K8S / folder)
    return [one for path in paths for one in yaml.safe_load_all(path.read_text())]


ALL = {(one["kind"], one["metadata"]["name"]): one for folder in ("migrate", "site") for one in loaded(folder)}
WORKLOADS = {name: one for (kind, name), one in ALL.items() if kind in ("Deployment", "Job")}


def pod(name: str) -> Manifest:
    return WORKLOADS[name]["spec"]["template"]["spec"]


def container(name: str) -> Manifest:
    return pod(name)["containers"][0]


def labels(name: str) -> dict[str, str]:
    return WORKLOADS[name]["metadata"]["labels"] | WORKLOADS[name]["spec"]["template"]["metadata"]["labels"]


def settings(name: str) -> dict[str, str]:
    """The variables of that workload."""
    sources = [one["configMapRef"]["name"] for one in container(name).get("envFrom", [])]
    return {key: value for source in sources for key, value in ALL["ConfigMap", source]["data"].items()}


def secret_files(name: str) -> dict[str, tuple[str, str]]:
    """Which file under /run/secrets is which key of which secret."""
    volumes = {one["name"]: one for one in pod(name)["volumes"]}
    sources = [one["secret"] for one in volumes["secrets"]["projected"]["sources"]]
    return {item["path"]: (source["name"], item["key"]) for source in sources for item in source["items"]}


def selects(selector: Manifest, name: str) -> bool:
    """Whether a selector takes in the pods of that workload."""
    matches = all(labels(name).get(key) == value for key, value in selector.get("matchLabels", {}).items())
    expressions = selector.get("matchExpressions", [])
    return matches and all(labels(name).get(one["key"]) in one["values"] for one in expressions)
