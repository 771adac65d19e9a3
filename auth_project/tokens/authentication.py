"""Bearer tokens in Auth: checked as in Posts, and against the session itself, which is at hand here."""

import time

from rest_framework.request import Request

from auth_project.accounts import selectors as users
from auth_project.tokens import access_tokens, selectors
from shared.access_tokens import AccessClaims, AccessTokenVerifier
from shared.bearer import BearerAuthentication, Viewer, bearer_token, viewer_of
from shared.problems import TokenRevoked


class SessionAuthentication(BearerAuthentication):
    def authenticate(self, request: Request) -> tuple[Viewer, AccessClaims] | None:
        """A token whose session is over opens nothing but the answer that is kept for a call which ended it: who logs
        out, and loses the answer on the way, learns by asking again that it was done."""
        try:
            return super().authenticate(request)
        except TokenRevoked:
            claims = self.verifier().verify(bearer_token(request) or "", now=time.time())
            if not request.parser_context["view"].was_answered(request, user_id=claims.user_id):
                raise
            return viewer_of(claims), claims

    def verifier(self) -> AccessTokenVerifier:
        return access_tokens.verifier()

    def check(self, claims: AccessClaims) -> None:
        session = selectors.by_id(claims.session_id)
        if session is None or session.is_over:
            raise TokenRevoked
        user = users.by_id(claims.user_id)
        if user is None or not user.accepts_session(born_at=session.created_at):
            raise TokenRevoked
