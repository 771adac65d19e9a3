"""Bearer tokens signed by a key of the tests'. DRF's settings name this module, so it may not import DRF's views."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.access_tokens import AccessTokenVerifier
from shared.bearer import BearerAuthentication
from shared.jwks import StaticKeys
from shared.keys import public_jwk

KEY = Ed25519PrivateKey.generate()
ISSUER = "http://auth.test"


class Bearer(BearerAuthentication):
    _verifier = AccessTokenVerifier(
        keys=StaticKeys({public_jwk(KEY)["kid"]: KEY.public_key()}), issuer=ISSUER, audience="posts"
    )

    def verifier(self) -> AccessTokenVerifier:
        return self._verifier
