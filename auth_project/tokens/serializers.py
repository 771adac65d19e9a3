"""The shapes of signing in and staying so."""

from rest_framework import serializers

from auth_project.accounts import passwords
from auth_project.accounts.serializers import AddressField, CredentialsInput, UserOutput
from shared.fields import SecretField, TextField, TimestampField
from shared.serializers import Input, Output


class RefreshInput(Input):
    refresh = SecretField(max_length=256)


class TokensOutput(Output):
    access = serializers.CharField(help_text="JWT, good for `expires_in` seconds.")
    refresh = serializers.CharField(help_text="Opaque; gives a new pair, once.")
    expires_in = serializers.IntegerField(help_text="Seconds.")
    token_type = serializers.ChoiceField(choices=["Bearer"])


class RegisteredOutput(TokensOutput):
    user = UserOutput()


class StaffCredentialsInput(CredentialsInput):
    """As Posts sends them; `address` is the browser's, for which wrong attempts are counted."""

    address = TextField(max_length=45, required=False)


class SessionOutput(Output):
    id = serializers.CharField(help_text="The `sid` of its tokens.")
    created_at = TimestampField()
    last_used_at = TimestampField()
    ip = serializers.IPAddressField(allow_null=True)
    user_agent = serializers.CharField()
    current = serializers.BooleanField(help_text="Whether this is the session that asks.")


class SessionsOutput(Output):
    results = SessionOutput(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class PasswordChangeInput(Input):
    current_password = SecretField(max_length=passwords.LONGEST)
    new_password = SecretField(max_length=passwords.LONGEST)


class PasswordResetInput(Input):
    email = AddressField()


class PasswordResetConfirmInput(Input):
    token = SecretField(max_length=256, help_text="Out of the mail.")
    new_password = SecretField(max_length=passwords.LONGEST)


class EnrolInput(Input):
    password = SecretField(
        max_length=passwords.LONGEST, required=False, help_text="Where the sign-in was more than five minutes ago."
    )


class EnrolmentOutput(Output):
    secret = serializers.CharField(help_text="Base32, to type in where no picture can be taken.")
    otpauth_uri = serializers.CharField()
    qr_svg = serializers.CharField(help_text="The URI as a QR code: one SVG element.")


class CodeInput(Input):
    code = SecretField(max_length=32, help_text="A one-time code.")


class PasswordAndCodeInput(Input):
    password = SecretField(max_length=passwords.LONGEST)
    code = SecretField(max_length=32, help_text="A one-time code or a recovery code.")


class RecoveryCodesOutput(Output):
    recovery_codes = serializers.ListField(
        child=serializers.CharField(), help_text="Ten, each good for one sign-in; shown this once."
    )
