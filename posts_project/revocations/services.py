"""Ending tokens early, as Auth's events say. All only ever add, so their order does not matter."""

from datetime import datetime, timedelta

from posts_project import sql
from posts_project.revocations import live
from posts_project.revocations.models import RevokedSession, TokensEnded


def revoke_session(*, session_id: str, expires_at: datetime, now: datetime) -> None:
    """Refuse the tokens of one session until the last of them has expired by itself."""
    sql.execute(
        """
        INSERT INTO revoked_session (session_id, until, recorded_at)
        VALUES (%(session_id)s, %(until)s, clock_timestamp())
        ON CONFLICT (session_id) DO UPDATE
        SET until = greatest(revoked_session.until, excluded.until), recorded_at = clock_timestamp()
        """,
        {"session_id": session_id, "until": min(expires_at, now + live.TOKEN_LIFE)},
    )


def end_tokens(*, user_id: int, valid_after: datetime) -> None:
    """Refuse the user's tokens that were issued before `valid_after`; the latest moment ever said holds."""
    sql.execute(
        """
        INSERT INTO tokens_ended (user_id, valid_after, recorded_at)
        VALUES (%(user_id)s, %(valid_after)s, clock_timestamp())
        ON CONFLICT (user_id) DO UPDATE
        SET valid_after = greatest(tokens_ended.valid_after, excluded.valid_after), recorded_at = clock_timestamp()
        """,
        {"user_id": user_id, "valid_after": valid_after},
    )


def revoke_key(*, kid: str) -> None:
    """Refuse whatever that key of Auth's has signed or will."""
    sql.execute(
        """
        INSERT INTO revoked_key (kid, recorded_at) VALUES (%(kid)s, clock_timestamp()) ON CONFLICT (kid) DO NOTHING
        """,
        {"kid": kid},
    )


def purge(*, now: datetime) -> int:
    """Drop what can no longer match a living token; return how many rows went."""
    sessions, _ = RevokedSession.objects.filter(until__lt=now).delete()
    users, _ = TokensEnded.objects.filter(valid_after__lt=now - live.TOKEN_LIFE - timedelta(hours=1)).delete()
    return sessions + users
