"""Forms as RFC 7662 and RFC 7009 have them, and what is answered."""

from rest_framework import serializers

from shared.fields import SecretField, TextField
from shared.serializers import Output

MAX_TOKEN = 4_096
MAX_CREDENTIAL = 200


class TokenForm(serializers.Serializer):
    """Not an `Input`: whatever else a form has is to be ignored (RFC 6749, section 3.2)."""

    token = SecretField(max_length=MAX_TOKEN)
    token_type_hint = TextField(
        max_length=100, required=False, allow_blank=True, help_text="Not needed: what a token is shows in itself."
    )
    client_id = TextField(
        max_length=MAX_CREDENTIAL, required=False, help_text="With `client_secret`, in place of the header."
    )
    client_secret = SecretField(max_length=MAX_CREDENTIAL, required=False)


class IntrospectionOutput(Output):
    """Of a token that is not active there is nothing but `active`."""

    active = serializers.BooleanField()
    token_type = serializers.CharField(required=False, help_text="`Bearer` or `refresh_token`.")
    iss = serializers.URLField(required=False)
    aud = serializers.ListField(child=serializers.CharField(), required=False)
    sub = serializers.CharField(required=False, help_text="The user's id.")
    username = serializers.CharField(required=False)
    sid = serializers.CharField(required=False, help_text="The session's id.")
    jti = serializers.CharField(required=False)
    iat = serializers.IntegerField(required=False, help_text="Unix seconds, as all times here.")
    nbf = serializers.IntegerField(required=False)
    exp = serializers.IntegerField(required=False)


class DiscoveryOutput(Output):
    issuer = serializers.URLField()
    jwks_uri = serializers.URLField()
    introspection_endpoint = serializers.URLField()
    introspection_endpoint_auth_methods_supported = serializers.ListField(child=serializers.CharField())
    revocation_endpoint = serializers.URLField()
    revocation_endpoint_auth_methods_supported = serializers.ListField(child=serializers.CharField())
    response_types_supported = serializers.ListField(child=serializers.CharField())
    grant_types_supported = serializers.ListField(child=serializers.CharField())
    subject_types_supported = serializers.ListField(child=serializers.CharField())
    id_token_signing_alg_values_supported = serializers.ListField(child=serializers.CharField())
    claims_supported = serializers.ListField(child=serializers.CharField())
    service_documentation = serializers.URLField()
