"""An authenticator in software, and the browser around it, which may both be told to lie."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ORIGIN, RP_ID = "http://localhost", "localhost"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Ed25519:
    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    def cose(self) -> dict[int, Any]:
        return {1: 1, 3: -8, -1: 6, -2: self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)}

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)


class P256:
    curve: ec.EllipticCurve = ec.SECP256R1()
    cose_curve = 1

    def __init__(self) -> None:
        self._key = ec.generate_private_key(self.curve)

    def cose(self) -> dict[int, Any]:
        numbers, size = self._key.public_key().public_numbers(), (self.curve.key_size + 7) // 8
        x, y = numbers.x.to_bytes(size, "big"), numbers.y.to_bytes(size, "big")
        return {1: 2, 3: -7, -1: self.cose_curve, -2: x, -3: y}

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data, ec.ECDSA(SHA256()))


class P384(P256):
    """Of another curve than ES256 is for."""

    curve = ec.SECP384R1()
    cose_curve = 2


class Rsa:
    bits = 2_048

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(65_537, self.bits)

    def cose(self) -> dict[int, Any]:
        numbers = self._key.public_key().public_numbers()
        return {1: 3, 3: -257, -1: numbers.n.to_bytes(self.bits // 8, "big"), -2: b"\x01\x00\x01"}

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data, padding.PKCS1v15(), SHA256())


class WeakRsa(Rsa):
    bits = 1_024


@dataclass
class Authenticator:
    """Holds one discoverable credential; `counter` None is one that does not count."""

    key: Any = field(default_factory=Ed25519)
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    counter: int | None = None
    user_handle: str = ""
    origin: str = ORIGIN
    rp_id: str = RP_ID
    flags: int = PRESENT | VERIFIED

    def create(self, options: Mapping[str, Any], **client: Any) -> dict[str, Any]:
        """`RegistrationResponseJSON`; `client` changes the client data."""
        self.user_handle = options["user"]["id"]
        attestation = {"fmt": "none", "attStmt": {}, "authData": self.data(attested=True)}
        response = {
            "clientDataJSON": self.client_data("webauthn.create", options["challenge"], **client),
            "attestationObject": encoded(cbor2.dumps(attestation)),
            "transports": ["internal", "hybrid"],
        }
        return self._credential(response)

    def get(self, options: Mapping[str, Any], **client: Any) -> dict[str, Any]:
        """`AuthenticationResponseJSON`."""
        self.counter = None if self.counter is None else self.counter + 1
        data, client_data = self.data(), self.client_data("webauthn.get", options["challenge"], **client)
        signed = data + hashlib.sha256(decoded(client_data)).digest()
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": encoded(data),
            "signature": encoded(self.key.sign(signed)),
            "userHandle": self.user_handle,
        }
        return self._credential(response)

    def client_data(self, kind: str, signed: str, **changes: Any) -> str:
        document = {"type": kind, "challenge": signed, "origin": self.origin, "crossOrigin": False} | changes
        return encoded(json.dumps(document).encode())

    def data(self, *, attested: bool = False) -> bytes:
        head = hashlib.sha256(self.rp_id.encode()).digest()
        head += bytes([self.flags | (ATTESTED if attested else 0)]) + (self.counter or 0).to_bytes(4, "big")
        if not attested:
            return head
        return head + bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self.cose_key()

    def cose_key(self) -> bytes:
        return cbor2.dumps(self.key.cose())

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": encoded(self.credential_id),
            "rawId": encoded(self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": response,
        }


def attest_anew(
    credential: dict[str, Any],
    *,
    fmt: Any = "none",
    statement: Callable[[bytes], Any] = lambda signed: {},
    data: Callable[[bytes], Any] = lambda data: data,
) -> None:
    """Put another attestation around the authenticator's data; `statement` is given what it would have to sign."""
    response = credential["response"]
    auth_data = data(cbor2.loads(decoded(response["attestationObject"]))["authData"])
    signed = auth_data + hashlib.sha256(decoded(response["clientDataJSON"])).digest() if fmt == "packed" else b""
    attestation = {"fmt": fmt, "attStmt": statement(signed), "authData": auth_data}
    response["attestationObject"] = encoded(cbor2.dumps(attestation))
