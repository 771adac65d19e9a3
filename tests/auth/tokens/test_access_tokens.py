"""What an access token says of itself."""

from datetime import UTC, datetime

import jwt
import pytest

from auth_project.tokens.access_tokens import AccessToken
from tests.auth.fakes import make_user

REVOKED_AT = datetime(2026, 11, 22, 9, 30, 0, 900_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("signed_at", "born"),
    [
        (REVOKED_AT.replace(microsecond=950_000), REVOKED_AT.replace(second=1, microsecond=0)),
        (REVOKED_AT.replace(second=1), REVOKED_AT.replace(second=1, microsecond=0)),
        (REVOKED_AT.replace(second=7), REVOKED_AT.replace(second=7, microsecond=0)),
    ],
)
def test_a_token_signed_in_the_second_of_a_revocation_is_dated_after_it(signed_at, born):
    ada = make_user("ada", valid_after=REVOKED_AT)

    claims = jwt.decode(AccessToken.issue(user=ada, session_id="s", now=signed_at), options={"verify_signature": False})

    assert claims["iat"] == born.timestamp()
    assert claims["exp"] == int(signed_at.timestamp()) + 300
