"""Settings from the environment: typed, and a fault names its variable."""

import pytest

from shared.env import ConfigurationError, Env

RANDOM = "v9Qe2LrXc7TzAp4WmKd0sYhUj5Nf8GbB"


@pytest.fixture
def env(monkeypatch, tmp_path):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return Env.read


def test_values_are_typed(monkeypatch, env):
    values = {"N": "5", "S": "0.5", "F": "true", "W": "a, b,,c", "U": "https://x.test/", "T": "plain"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)

    read = env()

    assert (read.integer("N"), read.seconds("S"), read.flag("F")) == (5, 0.5, True)
    assert (read.words("W"), read.url("U"), read.text("T")) == (["a", "b", "c"], "https://x.test", "plain")


@pytest.mark.parametrize(
    ("value", "read", "sentence"),
    [
        (None, lambda env: env.text("PORT"), "PORT: must be set"),
        ("ten", lambda env: env.integer("PORT"), "PORT: is not a valid int"),
        ("0", lambda env: env.integer("PORT", at_least=1), "PORT: must be at least 1"),
        ("99", lambda env: env.integer("PORT", at_least=1, at_most=9), "PORT: must be between 1 and 9"),
        ("-1", lambda env: env.seconds("PORT"), "PORT: must be at least 0"),
        ("maybe", lambda env: env.flag("PORT"), "PORT: is not a valid bool"),
        ("blue", lambda env: env.choice("PORT", among=("red", "green")), "PORT: must be one of red, green"),
        ("ftp://x", lambda env: env.url("PORT"), "PORT: must be a URL"),
        ("short", lambda env: env.secret("PORT"), "PORT: must have at least 32 characters"),
        ("a1" * 25, lambda env: env.secret("PORT"), "PORT: must be made by a generator"),
        (f"change-me-{RANDOM}", lambda env: env.secret("PORT"), "PORT: must be made by a generator"),
        (f"django-insecure-{RANDOM}", lambda env: env.secret("PORT"), "PORT: must be made by a generator"),
    ],
)
def test_a_bad_value_names_the_variable(monkeypatch, env, value, read, sentence):
    if value is not None:
        monkeypatch.setenv("PORT", value)

    with pytest.raises(ConfigurationError, match=sentence) as refusal:
        read(env())

    assert value is None or len(value) < 4 or value not in str(refusal.value)


def test_a_secret_may_stand_in_a_file(monkeypatch, env, tmp_path):
    (tmp_path / "secret").write_text(f"{RANDOM}\n")
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "secret"))

    assert env().secret("KEY") == RANDOM


def test_a_file_has_to_be_there_where_one_is_named(monkeypatch, env, tmp_path):
    monkeypatch.setenv("CA", str(tmp_path / "ca.crt"))
    with pytest.raises(ConfigurationError, match="CA: there is no such file"):
        env().file("CA")

    (tmp_path / "ca.crt").touch()

    assert env().file("CA") == str(tmp_path / "ca.crt")
    assert env().file("NOT_SET") == ""


def test_a_missing_secret_file_is_told_by_name(monkeypatch, env):
    monkeypatch.setenv("KEY_FILE", "/nowhere")

    with pytest.raises(ConfigurationError, match="KEY_FILE: /nowhere cannot be read"):
        env().secret("KEY")


def test_the_stack_file_fills_only_what_the_environment_leaves_open(monkeypatch, env, tmp_path):
    (tmp_path / "stack.env").write_text("FROM_STACK=stack\nFROM_BOTH=stack\n")
    monkeypatch.setenv("FROM_BOTH", "environment")

    read = env()

    assert (read.text("FROM_STACK"), read.text("FROM_BOTH")) == ("stack", "environment")
