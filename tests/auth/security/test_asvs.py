"""The list of requirements is kept: what a test says it shows is in it, and little is shown by nobody."""

import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from auth_project.accounts.models import User
from auth_project.tokens.refresh_tokens import RefreshToken, new_sid

ROOT = Path(__file__).parents[3]


def test_the_tool_knows_every_mark():
    command = [sys.executable, "-m", "tools.asvs"]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert outcome.returncode == 0, outcome.stderr
    assert "6.3.8   L3  shown" in outcome.stdout


@pytest.mark.asvs("7.2.3", "11.5.1")
def test_ids_and_secrets_of_sessions_come_from_the_system_and_have_their_bits(monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []
    real = secrets.token_bytes
    monkeypatch.setattr(secrets, "token_bytes", lambda size: asked.append(size) or real(size))

    token = RefreshToken.first(new_sid())

    assert asked == [16, 32]
    assert len({new_sid() for _ in range(1_000)}) == 1_000
    assert len(token.secret) == 32


@pytest.mark.asvs("6.2.10")
def test_no_password_has_an_age():
    about_passwords = [field.name for field in User._meta.concrete_fields if "password" in field.name]

    assert about_passwords == ["password"]
