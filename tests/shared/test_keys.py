"""Key files and JWK sets."""

import stat

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.env import ConfigurationError
from shared.keys import generate_private_key, load_key_set, load_private_key, public_jwk


def test_a_new_key_is_ours_alone_and_can_be_read_back(tmp_path):
    key = generate_private_key(tmp_path / "key.pem")

    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
    assert public_jwk(load_private_key(tmp_path / "key.pem")) == public_jwk(key)


def test_a_key_is_never_overwritten(tmp_path):
    generate_private_key(tmp_path / "key.pem")

    with pytest.raises(FileExistsError):
        generate_private_key(tmp_path / "key.pem")


def test_the_key_id_is_the_thumbprint_of_rfc_8037():
    # RFC 8037, appendix A.2 and A.3.
    raw = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")

    assert public_jwk(Ed25519PublicKey.from_public_bytes(raw))["kid"] == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_another_kind_of_key_is_refused(tmp_path):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (tmp_path / "rsa.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    with pytest.raises(ConfigurationError, match="not an Ed25519 key"):
        load_private_key(tmp_path / "rsa.pem")


@pytest.mark.parametrize("content", ["", "not a key", "{}"])
def test_an_unreadable_file_is_told(tmp_path, content):
    (tmp_path / "file").write_text(content)

    with pytest.raises(ConfigurationError, match="no private key can be read"):
        load_private_key(tmp_path / "file")
    with pytest.raises(ConfigurationError, match="no JWK set can be read"):
        load_key_set(tmp_path / "file")
