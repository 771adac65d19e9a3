"""Which variables a service reads, for tests."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Read by the server and the metrics library.
OF_EVERY_PROCESS = {"PROMETHEUS_MULTIPROC_DIR", "DRAIN_SECONDS"}
# What `python -m shared.serving` takes from the environment, beside GRANIAN_WORKERS of .env.example.
OF_GRANIAN = {"GRANIAN_SSL_CERTIFICATE", "GRANIAN_SSL_KEYFILE", "GRANIAN_WORKERS"}


def is_read_by(service: str, variable: str) -> bool:
    """By its name, or as the file that `env.secret` and `env.secrets` take."""
    if variable in OF_EVERY_PROCESS | OF_GRANIAN:
        return True
    settings = (ROOT / f"{service}_project/settings.py").read_text()
    name = variable.removesuffix("_FILE")
    return bool(
        re.search(rf'env\.\w+\(\s*"{variable}"', settings) or re.search(rf'env\.secrets?\(\s*"{name}"', settings)
    )
