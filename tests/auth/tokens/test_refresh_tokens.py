"""Tokens that nobody else can make, and successors that only we can compute."""

import base64

import pytest

from auth_project.tokens.refresh_tokens import RefreshToken, new_sid
from shared.problems import TokenInvalid


@pytest.fixture
def token() -> RefreshToken:
    return RefreshToken.first(new_sid())


def test_a_token_reads_back_as_it_was_written(token):
    assert RefreshToken.parse(str(token)) == token
    assert RefreshToken.parse(str(token.successor())) == token.successor()


def test_the_successor_is_always_the_same_and_another_one(token):
    child = token.successor()

    assert str(child) == str(RefreshToken.parse(str(token)).successor())
    assert (child.sid, child.generation) == (token.sid, 1)
    assert len({token.hash, child.hash, child.successor().hash}) == 3


@pytest.mark.asvs("11.5.1")
def test_every_changed_bit_makes_it_not_ours(token):
    raw = base64.urlsafe_b64decode(str(token) + "=")
    for position in range(len(raw)):
        changed = bytearray(raw)
        changed[position] ^= 1
        with pytest.raises(TokenInvalid):
            RefreshToken.parse(base64.urlsafe_b64encode(changed).decode().rstrip("="))


@pytest.mark.parametrize(
    "spelling",
    [
        lambda text: "",
        lambda text: text + "=",
        lambda text: text + "A",
        lambda text: text[:-1],
        lambda text: " " + text,
        lambda text: text + "\n",
        lambda text: text.replace("_", "/").replace("-", "+") + "/",
        lambda text: "ü" + text[1:],
        lambda text: "A" * len(text),
        lambda text: text + text,
    ],
)
def test_a_token_has_one_spelling(token, spelling):
    with pytest.raises(TokenInvalid):
        RefreshToken.parse(spelling(str(token)))


def test_the_spare_bits_of_the_last_character_are_ours_too(token):
    text = str(token)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]

    with pytest.raises(TokenInvalid):
        RefreshToken.parse(twin)


@pytest.mark.asvs("16.2.5")
def test_the_secret_is_in_no_repr(token):
    assert token.secret.hex() not in repr(token)
    assert str(token) not in repr(token)
