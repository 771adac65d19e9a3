"""The shapes of passkeys. Those of credentials are the W3C's (WebAuthn Level 3, section 5.1)."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from auth_project.passkeys.models import LONGEST_CREDENTIAL_ID, LONGEST_NAME
from shared.fields import ChoiceField, IdField, TextField, TimestampField
from shared.serializers import Input, Output

# Far more than a browser sends; a key of 4,096 bits and an id of 1,023 bytes need 2,200 characters.
LONGEST_DATA = 8_192
_BASE64URL = re.compile("[A-Za-z0-9_-]+")


@extend_schema_field({"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": LONGEST_DATA})
class Base64UrlField(serializers.Field):
    """Bytes, in base64url without padding; kept as text."""

    default_error_messages = {
        "invalid": "Must be base64url without padding.",
        "max_length": "Is too long.",
    }

    def __init__(self, *, max_length: int = LONGEST_DATA, **kwargs: Any) -> None:
        self.max_length = max_length
        super().__init__(write_only=True, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not data:
            self.fail("invalid")
        if len(data) > self.max_length:
            self.fail("max_length")
        # A length of one more than a multiple of four is no whole number of bytes.
        if not _BASE64URL.fullmatch(data) or len(data) % 4 == 1:
            self.fail("invalid")
        return data


@extend_schema_field({"type": "object", "additionalProperties": True})
class Ignored(serializers.Field):
    """What browsers send and nobody here needs."""

    def to_internal_value(self, data: Any) -> None:
        return None


class CredentialInput(serializers.Serializer):
    """What `PublicKeyCredential.toJSON()` gives. Members that are not named here are left alone: what browsers send
    grows with the W3C's document."""

    id = Base64UrlField(max_length=LONGEST_CREDENTIAL_ID)
    rawId = Base64UrlField(max_length=LONGEST_CREDENTIAL_ID)  # noqa: N815 - the W3C's name
    type = ChoiceField(choices=["public-key"])
    clientExtensionResults = Ignored(required=False)  # noqa: N815


class AttestationInput(serializers.Serializer):
    clientDataJSON = Base64UrlField()  # noqa: N815
    attestationObject = Base64UrlField()  # noqa: N815
    transports = serializers.ListField(child=TextField(max_length=32), max_length=16, required=False)


class AssertionInput(serializers.Serializer):
    clientDataJSON = Base64UrlField()  # noqa: N815
    authenticatorData = Base64UrlField()  # noqa: N815
    signature = Base64UrlField()
    userHandle = Base64UrlField(max_length=86, required=False, allow_null=True)  # noqa: N815


class RegistrationResponseInput(CredentialInput):
    response = AttestationInput()


class AuthenticationResponseInput(CredentialInput):
    response = AssertionInput()


class PasskeyInput(Input):
    credential = RegistrationResponseInput(help_text="`RegistrationResponseJSON`.")
    name = TextField(max_length=LONGEST_NAME, required=False, help_text="For the owner to know it by.")


class PasskeyEdit(Input):
    """What is not named stays as it is."""

    name = TextField(max_length=LONGEST_NAME, required=False)


class PasskeyOutput(Output):
    id = IdField()
    name = serializers.CharField()
    created_at = TimestampField()
    last_used_at = TimestampField(allow_null=True)


class PasskeysOutput(Output):
    results = PasskeyOutput(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class BeginSignInInput(Input):
    login = TextField(
        max_length=254, required=False, help_text="Username or e-mail address: only that account's passkeys are taken."
    )


class SignInInput(Input):
    credential = AuthenticationResponseInput(help_text="`AuthenticationResponseJSON`.")


class RelyingPartyOutput(Output):
    id = serializers.CharField()
    name = serializers.CharField()


class UserEntityOutput(Output):
    id = serializers.CharField(help_text="Opaque; base64url.")
    name = serializers.CharField()
    displayName = serializers.CharField()  # noqa: N815


class ParameterOutput(Output):
    type = serializers.ChoiceField(choices=["public-key"])
    alg = serializers.IntegerField(help_text="COSE: -8 EdDSA, -7 ES256, -257 RS256.")


class DescriptorOutput(Output):
    id = serializers.CharField()
    type = serializers.ChoiceField(choices=["public-key"])
    transports = serializers.ListField(child=serializers.CharField(), required=False)


class SelectionOutput(Output):
    residentKey = serializers.CharField(help_text="`required`")  # noqa: N815
    requireResidentKey = serializers.BooleanField()  # noqa: N815
    userVerification = serializers.CharField(help_text="`required`")  # noqa: N815


class CreationOptionsOutput(Output):
    """`PublicKeyCredentialCreationOptionsJSON`, for `PublicKeyCredential.parseCreationOptionsFromJSON()`."""

    rp = RelyingPartyOutput()
    user = UserEntityOutput()
    challenge = serializers.CharField()
    pubKeyCredParams = ParameterOutput(many=True)  # noqa: N815
    timeout = serializers.IntegerField(help_text="Milliseconds.")
    excludeCredentials = DescriptorOutput(many=True)  # noqa: N815
    authenticatorSelection = SelectionOutput()  # noqa: N815
    attestation = serializers.ChoiceField(choices=["none"])


class RequestOptionsOutput(Output):
    """`PublicKeyCredentialRequestOptionsJSON`, for `PublicKeyCredential.parseRequestOptionsFromJSON()`."""

    challenge = serializers.CharField()
    timeout = serializers.IntegerField(help_text="Milliseconds.")
    rpId = serializers.CharField()  # noqa: N815
    allowCredentials = DescriptorOutput(many=True, help_text="Always empty: any passkey of this site.")  # noqa: N815
    userVerification = serializers.CharField(help_text="`required`")  # noqa: N815
