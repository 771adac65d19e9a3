"""The two ceremonies of WebAuthn: what a browser is asked for, and whether what it answers is that.

The border to the `webauthn` package. What it is given here comes from strangers, and it does not promise which errors
odd CBOR or keys make it raise; so whatever it raises is a `Refused`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import webauthn
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_attestation_object,
    parse_client_data_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from auth_project.accounts.models import User
from auth_project.passkeys.challenges import LIFE
from auth_project.passkeys.models import Passkey

# Best first. Windows Hello has RS256 alone.
ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
RSA_BITS = range(2_048, 4_096 + 1)
# WebAuthn's own bounds of a credential id.
CREDENTIAL_ID_BYTES = range(16, 1_023 + 1)
TRANSPORTS = {one.value for one in AuthenticatorTransport}

# `RegistrationResponseJSON` or `AuthenticationResponseJSON`, its shape checked.
Credential = Mapping[str, Any]
Result = TypeVar("Result")


class Refused(Exception):
    """The answer is not what was asked for. Which part of it is wrong, only logs need to know."""


@dataclass(frozen=True, kw_only=True)
class Registered:
    """What is kept of a new credential."""

    credential_id: str
    public_key: bytes
    sign_count: int
    transports: list[str]


def creation_options(*, user: User, handle: bytes, challenge: bytes, present: Iterable[Passkey]) -> dict[str, Any]:
    """`PublicKeyCredentialCreationOptionsJSON`: a discoverable credential, the person verified, nothing attested."""
    options = webauthn.generate_registration_options(
        rp_id=settings.WEBAUTHN_RP_ID,
        rp_name=settings.SITE_NAME,
        user_id=handle,
        user_name=user.username,
        user_display_name=user.display_name,
        challenge=challenge,
        timeout=_milliseconds(),
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[_descriptor(one) for one in present],
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def request_options(*, challenge: bytes) -> dict[str, Any]:
    """`PublicKeyCredentialRequestOptionsJSON`: any credential that the browser has for this site."""
    options = webauthn.generate_authentication_options(
        rp_id=settings.WEBAUTHN_RP_ID,
        challenge=challenge,
        timeout=_milliseconds(),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def challenge_in(credential: Credential) -> bytes:
    """The challenge that `credential` says to answer. :raises Refused: it says nothing that can be read."""
    return _refusing(lambda: _client_challenge(credential))


def verify_registration(credential: Credential, *, challenge: bytes) -> Registered:
    """:raises Refused: `credential` is not an answer to those options and that challenge."""
    return _refusing(lambda: _registered(credential, challenge))


def verify_authentication(credential: Credential, *, challenge: bytes, passkey: Passkey) -> int:
    """The counter after this use: whether it may be that is for the caller to say, who stores it.

    :raises Refused: `passkey` has not signed that challenge for this site, with its owner verified.
    """
    return _refusing(lambda: _sign_count(credential, challenge, passkey))


def _refusing(work: Callable[[], Result]) -> Result:
    try:
        return work()
    except Refused:
        raise
    except Exception as error:
        raise Refused(f"{error.__class__.__name__}: {error}"[:200]) from error


def _client_challenge(credential: Credential) -> bytes:
    client_data = parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"]))
    if client_data.cross_origin:
        raise Refused("asked for inside of another site's page")
    return client_data.challenge


def _registered(credential: Credential, challenge: bytes) -> Registered:
    _refuse_certificates(credential)
    verified = webauthn.verify_registration_response(
        credential=dict(credential),
        expected_challenge=challenge,
        expected_rp_id=settings.WEBAUTHN_RP_ID,
        expected_origin=settings.WEBAUTHN_ORIGINS,
        require_user_verification=True,
        supported_pub_key_algs=ALGORITHMS,
    )
    if bytes_to_base64url(verified.credential_id) != credential["id"]:
        raise Refused("the credential has another id than it says")
    if len(verified.credential_id) not in CREDENTIAL_ID_BYTES:
        raise Refused("the credential's id is too short or too long")
    _refuse_odd_key(verified.credential_public_key)
    return Registered(
        credential_id=credential["id"],
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=[one for one in credential["response"].get("transports", []) if one in TRANSPORTS],
    )


def _refuse_certificates(credential: Credential) -> None:
    """None are asked for, so no browser sends any; a stranger's are not worth being parsed."""
    attestation = parse_attestation_object(base64url_to_bytes(credential["response"]["attestationObject"]))
    is_self_attested = attestation.fmt == AttestationFormat.PACKED and attestation.att_stmt.x5c is None
    if attestation.fmt != AttestationFormat.NONE and not is_self_attested:
        raise Refused("an attestation that was not asked for")


def _refuse_odd_key(public_key: bytes) -> None:
    """That its algorithm is one of ours has been checked; that the key can be used, and fits, has not."""
    decoded = decode_credential_public_key(public_key)
    key = decoded_public_key_to_cryptography(decoded)
    fits = {
        COSEAlgorithmIdentifier.EDDSA: isinstance(key, Ed25519PublicKey),
        COSEAlgorithmIdentifier.ECDSA_SHA_256: isinstance(key, EllipticCurvePublicKey)
        and isinstance(key.curve, SECP256R1),
        COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256: isinstance(key, RSAPublicKey) and key.key_size in RSA_BITS,
    }
    if not fits[decoded.alg]:
        raise Refused("a key that does not fit its algorithm")


def _sign_count(credential: Credential, challenge: bytes, passkey: Passkey) -> int:
    # WebAuthn, section 7.2, step 6: nobody was named before, so the authenticator has to say whose it is.
    if credential["response"].get("userHandle") != passkey.user_handle:
        raise Refused("another user's handle, or none")
    verified = webauthn.verify_authentication_response(
        credential=dict(credential),
        expected_challenge=challenge,
        expected_rp_id=settings.WEBAUTHN_RP_ID,
        expected_origin=settings.WEBAUTHN_ORIGINS,
        credential_public_key=bytes(passkey.public_key),
        # Compared by whoever stores the new one, in the same step.
        credential_current_sign_count=0,
        require_user_verification=True,
    )
    return verified.new_sign_count


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    transports = [AuthenticatorTransport(one) for one in passkey.transports]
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential_id), transports=transports)


def _milliseconds() -> int:
    return int(LIFE.total_seconds() * 1_000)
