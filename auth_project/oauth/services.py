"""What a token is worth at this moment, and making it worth nothing."""

import hmac
import logging
from datetime import datetime
from typing import Any

from django.conf import settings

from auth_project.accounts import selectors as users
from auth_project.acting import By, acting
from auth_project.oauth.models import ServiceClient
from auth_project.tokens import access_tokens, selectors, services
from auth_project.tokens.access_tokens import AUDIENCE
from auth_project.tokens.models import IDLE_LIMIT, Session
from auth_project.tokens.refresh_tokens import RefreshToken
from shared.access_tokens import AccessClaims
from shared.problems import TokenExpired, TokenInvalid

# RFC 7662, section 2.2: of a token that is not active nothing else may be said, whatever the reason.
INACTIVE: dict[str, Any] = {"active": False}

logger = logging.getLogger(__name__)


def introspect(token: str, *, now: datetime) -> dict[str, Any]:
    """The members of RFC 7662, section 2.2, of an access or a refresh token; times in Unix seconds."""
    return _access(token, now) or _refresh(token, now) or INACTIVE


def revoke(token: str, *, client: ServiceClient, now: datetime) -> None:
    """End the session that the token belongs to, in both services; nothing where it is none of ours (RFC 7009)."""
    session_id = _session_of_access(token, now) or _session_of_refresh(token)
    if session_id is not None:
        with acting(by=By.SERVICE, id=client.pk):
            services.end_session(session_id=session_id, reason=Session.EndReason.BY_SERVICE, now=now)
        logger.info("session.revoked_by_service", extra={"client": client.pk})


def _access(token: str, now: datetime) -> dict[str, Any] | None:
    claims = _claims(token, now)
    session = selectors.by_id(claims.session_id) if claims else None
    if claims is None or session is None or not _is_live(session):
        return None
    return {
        "active": True,
        "token_type": "Bearer",
        "iss": settings.AUTH_ISSUER,
        "aud": AUDIENCE,
        "sub": str(claims.user_id),
        "username": claims.username,
        "sid": claims.session_id,
        "jti": claims.token_id,
        "iat": claims.issued_at,
        "nbf": claims.issued_at,
        "exp": claims.expires_at,
    }


def _refresh(token: str, now: datetime) -> dict[str, Any] | None:
    """Active is the one token of its session that is to be used next."""
    parsed = _parsed(token)
    session = selectors.by_id(parsed.sid) if parsed else None
    if parsed is None or session is None or not _is_live(session) or session.has_expired(now=now):
        return None
    user = users.by_id(session.user_id)
    if user is None or not hmac.compare_digest(session.token_hash, parsed.hash):
        return None
    ends_at = min(session.expires_at, session.last_used_at + IDLE_LIMIT)
    return {
        "active": True,
        "token_type": "refresh_token",
        "iss": settings.AUTH_ISSUER,
        "sub": str(session.user_id),
        "username": user.username,
        "sid": session.pk,
        "iat": int(session.last_used_at.timestamp()),
        "exp": int(ends_at.timestamp()),
    }


def _is_live(session: Session) -> bool:
    user = users.by_id(session.user_id)
    return not session.is_over and user is not None and user.accepts_session(born_at=session.created_at)


def _session_of_access(token: str, now: datetime) -> str | None:
    claims = _claims(token, now)
    return claims.session_id if claims else None


def _session_of_refresh(token: str) -> str | None:
    """Also of one that was used before: whoever has it should not, or will not miss the session."""
    parsed = _parsed(token)
    return parsed.sid if parsed else None


def _claims(token: str, now: datetime) -> AccessClaims | None:
    try:
        return access_tokens.verifier().verify(token, now=now.timestamp())
    except (TokenInvalid, TokenExpired):
        return None


def _parsed(token: str) -> RefreshToken | None:
    try:
        return RefreshToken.parse(token)
    except TokenInvalid:
        return None
