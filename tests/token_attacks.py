"""Tokens that must open nothing, made from a good one: one corpus for both services and the library they share.

Each entry is a claim about the verifier; all of them must end in 401, whatever the call (RFC 8725, ASVS 9.1 and 9.2).
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.keys import public_jwk

STRANGER = Ed25519PrivateKey.generate()
# The order of the group of Ed25519: a signature whose second half is larger by it is the same one, spelt otherwise.
ORDER = 2**252 + 27742317777372353535851937790883648493


@dataclass(frozen=True)
class Issuer:
    """What a token is made with: the key that the verifier trusts, and the claims of somebody who may."""

    key: Ed25519PrivateKey
    claims: dict[str, Any]

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "EdDSA", "kid": public_jwk(self.key)["kid"], "typ": "at+jwt"}

    @property
    def good(self) -> str:
        return self.sign(self.header, self.claims)

    def sign(self, header: Any, claims: Any, *, key: Ed25519PrivateKey | None = None) -> str:
        """Whatever is given, signed: also what no library would sign."""
        signed = f"{segment(header)}.{segment(claims)}"
        return f"{signed}.{encoded((key or self.key).sign(signed.encode()))}"


Attack = Callable[[Issuer], str]


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def segment(value: Any) -> str:
    """`value` as a part of a token; bytes as they are."""
    return encoded(value if isinstance(value, bytes) else json.dumps(value).encode())


def _claims(**changes: Any) -> Attack:
    def attack(issuer: Issuer) -> str:
        changed = {name: value() if callable(value) else value for name, value in changes.items()}
        claims = {name: value for name, value in (issuer.claims | changed).items() if value is not None}
        return issuer.sign(issuer.header, claims)

    return attack


def _header(**changes: Any) -> Attack:
    def attack(issuer: Issuer) -> str:
        changed = {name: value(issuer) if callable(value) else value for name, value in changes.items()}
        header = {name: value for name, value in (issuer.header | changed).items() if value is not None}
        return issuer.sign(header, issuer.claims)

    return attack


def _unsigned(algorithm: Any, signature: bytes = b"") -> Attack:
    def attack(issuer: Issuer) -> str:
        return f"{segment(issuer.header | {'alg': algorithm})}.{segment(issuer.claims)}.{encoded(signature)}"

    return attack


def _hmac(secret: Callable[[Ed25519PrivateKey], bytes], digest: str = "sha256") -> Attack:
    """The public key as a shared secret."""

    def attack(issuer: Issuer) -> str:
        algorithm = {"sha256": "HS256", "sha512": "HS512"}[digest]
        signed = f"{segment(issuer.header | {'alg': algorithm})}.{segment(issuer.claims)}"
        return f"{signed}.{encoded(hmac.new(secret(issuer.key), signed.encode(), digest).digest())}"

    return attack


def _altered(change: Callable[[str], str]) -> Attack:
    return lambda issuer: change(issuer.good)


def _raw_claims(change: Callable[[str], str]) -> Attack:
    """JSON that has no equal as a dict: repeated names, NaN, what is no object."""
    return lambda issuer: issuer.sign(issuer.header, change(json.dumps(issuer.claims)).encode())


def _public(encoding: serialization.Encoding, shape: serialization.PublicFormat) -> Callable[..., bytes]:
    return lambda key: key.public_key().public_bytes(encoding, shape)


_pem = _public(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
_der = _public(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
_raw = _public(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _parts(issuer: Issuer) -> tuple[str, str, bytes]:
    header, claims, signature = issuer.good.split(".")
    return header, claims, base64.urlsafe_b64decode(signature + "==")


def _signature(change: Callable[[bytes], bytes]) -> Attack:
    def attack(issuer: Issuer) -> str:
        header, claims, signature = _parts(issuer)
        return f"{header}.{claims}.{encoded(change(signature))}"

    return attack


def _malleable(signature: bytes) -> bytes:
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    return signature[:32] + scalar.to_bytes(32, "little")


def _another_algorithm(algorithm: str, key: Any) -> Attack:
    return lambda issuer: jwt.encode(
        issuer.claims, key, algorithm=algorithm, headers=issuer.header | {"alg": algorithm}
    )


def _swapped_claims(issuer: Issuer) -> str:
    """Our signature under somebody else's claims."""
    header, _, signature = issuer.good.split(".")
    return f"{header}.{segment(issuer.claims | {'sub': '1', 'roles': ['staff', 'admin']})}.{signature}"


def _json_form(issuer: Issuer) -> str:
    header, claims, signature = issuer.good.split(".")
    return json.dumps({"protected": header, "payload": claims, "signature": signature}).replace(" ", "")


def _encrypted(issuer: Issuer) -> str:
    header = segment({"alg": "dir", "enc": "A256GCM", "kid": issuer.header["kid"], "typ": "at+jwt"})
    return f"{header}..{encoded(bytes(12))}.{segment(issuer.claims)}.{encoded(bytes(16))}"


def _in(seconds: int) -> Callable[[], int]:
    return lambda: int(time.time()) + seconds


# fmt: off
ATTACKS: dict[str, Attack] = {
    # Another algorithm, or none
    "alg none": _unsigned("none"),
    "alg None": _unsigned("None"),
    "alg nOnE": _unsigned("nOnE"),
    "alg NONE": _unsigned("NONE"),
    "alg none with a signature": _unsigned("none", b"abc"),
    "alg empty": _unsigned(""),
    "alg null": _unsigned(None),
    "alg a number": _unsigned(5),
    "alg a list": _unsigned(["EdDSA"]),
    "alg in small letters": _header(alg="eddsa"),
    "alg missing": _header(alg=None),
    "alg Ed25519": _header(alg="Ed25519"),
    "HS256 with the PEM of our key": _hmac(_pem),
    "HS256 with the DER of our key": _hmac(_der),
    "HS256 with the bytes of our key": _hmac(_raw),
    "HS256 with the x of our JWK": _hmac(lambda key: public_jwk(key)["x"].encode()),
    "HS256 with our JWK": _hmac(lambda key: json.dumps(public_jwk(key)).encode()),
    "HS256 with nothing": _hmac(lambda key: b""),
    "HS512 with the PEM of our key": _hmac(_pem, "sha512"),
    "ES256": _another_algorithm("ES256", ec.generate_private_key(ec.SECP256R1())),
    "RS256": _another_algorithm("RS256", rsa.generate_private_key(65537, 2048)),

    # Another signature
    "somebody else's key under our kid": lambda it: it.sign(it.header, it.claims, key=STRANGER),
    "somebody else's key under its own kid":
        lambda it: it.sign(it.header | {"kid": public_jwk(STRANGER)["kid"]}, it.claims, key=STRANGER),
    "no signature": _signature(lambda signature: b""),
    "a signature of zeros": _signature(lambda signature: bytes(64)),
    "a signature of low order": _signature(lambda signature: b"\x01" + bytes(63)),
    "a signature cut short": _signature(lambda signature: signature[:-1]),
    "a signature one byte longer": _signature(lambda signature: signature + b"\x00"),
    "a signature with a bit turned": _signature(lambda signature: bytes([signature[0] ^ 1]) + signature[1:]),
    "the same signature spelt otherwise": _signature(_malleable),
    "our signature under other claims": _swapped_claims,

    # Another header
    "typ JWT": _header(typ="JWT"),
    "typ missing": _header(typ=None),
    "typ a number": _header(typ=1),
    "typ of a service token": _header(typ="svc+jwt"),
    "typ of a security event": _header(typ="secevent+jwt"),
    "typ of an ID token": _header(typ="id+jwt"),
    "typ of a refresh token": _header(typ="rt+jwt"),
    "kid unknown": _header(kid="unknown"),
    "kid missing": _header(kid=None),
    "kid empty": _header(kid=""),
    "kid a path": _header(kid="../../dev/null"),
    "kid an injection": _header(kid="' or 1=1 --"),
    "kid an operator": _header(kid={"$ne": ""}),
    "kid with NUL": _header(kid="\x00"),
    "kid a list": _header(kid=["a"]),
    "kid a number": _header(kid=1),
    "kid of 10 kB": _header(kid="k" * 10_000),
    "a key in the header": _header(jwk=lambda it: public_jwk(STRANGER)),
    "our own key in the header": _header(jwk=lambda it: public_jwk(it.key)),
    "a place to fetch keys from": _header(jku="https://evil.example/jwks.json"),
    "a place to fetch certificates from": _header(x5u="https://evil.example/cert.pem"),
    "certificates in the header": _header(x5c=["MIIB"]),
    "crit": _header(crit=["exp"]),
    "b64 false": _header(b64=False, crit=["b64"]),
    "compressed": _header(zip="DEF"),
    "nested by its cty": _header(cty="JWT"),
    "a header that is a list": lambda it: it.sign([], it.claims),
    "a header that is no JSON": lambda it: it.sign(b"{", it.claims),
    "a header with a name twice":
        lambda it: it.sign(json.dumps(it.header)[:-1].encode() + b', "alg": "none"}', it.claims),

    # Other claims
    "iss missing": _claims(iss=None),
    "iss another": _claims(iss="https://evil.example"),
    "iss a list": _claims(iss=lambda: ["https://evil.example"]),
    "aud missing": _claims(aud=None),
    "aud empty": _claims(aud=[]),
    "aud of nobody here": _claims(aud=["admin"]),
    "aud almost ours": _claims(aud=["auth-admin", "posts-admin", "aut", "post"]),
    "aud an operator": _claims(aud={"$ne": ""}),
    "sub missing": _claims(sub=None),
    "sub a number": _claims(sub=1),
    "sub empty": _claims(sub=""),
    "sub zero": _claims(sub="0"),
    "sub negative": _claims(sub="-1"),
    "sub a name": _claims(sub="ada"),
    "sub with NUL": _claims(sub="1\x00"),
    "sub out of range": _claims(sub=str(2**63)),
    "sub of 5,000 digits": _claims(sub="9" * 5_000),
    "sub an operator": _claims(sub={"$gt": ""}),
    "sub in other digits": _claims(sub="١٢٣"),
    "sid missing": _claims(sid=None),
    "sid empty": _claims(sid=""),
    "sid a number": _claims(sid=5),
    "sid an operator": _claims(sid={"$ne": ""}),
    "jti missing": _claims(jti=None),
    "jti a number": _claims(jti=1),
    "exp missing": _claims(exp=None),
    "exp a text": _claims(exp="2100-01-01"),
    "exp true": _claims(exp=True),
    "exp beyond all numbers": _claims(exp=1e308),
    "expired before 1970": _claims(exp=-1),
    "exp of years": _claims(exp=_in(365 * 24 * 3600)),
    "expired": _claims(iat=_in(-600), nbf=_in(-600), exp=_in(-300)),
    "expired eleven seconds ago": _claims(iat=_in(-311), nbf=_in(-311), exp=_in(-12)),
    "iat missing": _claims(iat=None),
    "iat to come": _claims(iat=_in(3_600)),
    "iat a text": _claims(iat="now"),
    "nbf missing": _claims(nbf=None),
    "nbf to come": _claims(nbf=_in(3_600)),
    "nbf a text": _claims(nbf="now"),
    "username missing": _claims(username=None),
    "username a number": _claims(username=5),
    "roles missing": _claims(roles=None),
    "roles a text": _claims(roles="admin"),
    "roles numbers": _claims(roles=[1]),
    "claims that are a list": lambda it: it.sign(it.header, []),
    "claims that are a text": lambda it: it.sign(it.header, "ada"),
    "claims that are no JSON": lambda it: it.sign(it.header, b"{"),
    "claims that are not UTF-8": lambda it: it.sign(it.header, b'{"sub": "\xff"}'),
    "claims with NaN": _raw_claims(lambda text: text[:-1] + ', "exp": NaN}'),

    # Another form
    "empty parts": lambda it: "..",
    "one part": _altered(lambda token: token.partition(".")[0]),
    "a part missing": _altered(lambda token: token.rpartition(".")[0]),
    "a part more": _altered(lambda token: token + ".AAAA"),
    "padded": _altered(lambda token: token + "=="),
    "with a blank": _altered(lambda token: token + " "),
    "twice": _altered(lambda token: f"{token} {token}"),
    "with a comma": _altered(lambda token: f"{token},{token}"),
    "cut short": _altered(lambda token: token[:-5]),
    "in standard base64": _altered(lambda token: "+/" + token[2:]),
    "not ASCII": _altered(lambda token: "é" + token),
    "very long": _altered(lambda token: token + "A" * 50_000),
    "JSON": _json_form,
    "encrypted": _encrypted,
    "a token in a token": lambda it: it.sign(it.header | {"cty": "JWT"}, it.good.encode()),
    "a hash of a good one": _altered(lambda token: hashlib.sha256(token.encode()).hexdigest()),
}
# fmt: on


def authorization(token: str) -> str:
    """The header, in the bytes that a client sends for it."""
    return f"Bearer {token}".encode().decode("latin-1")
