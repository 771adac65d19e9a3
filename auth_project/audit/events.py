"""What is written down: this list is all of it, and docs/audit.md says what each means."""

from django.db import models


class Event(models.TextChoices):
    ACCOUNT_REGISTERED = "account.registered"
    ACCOUNT_DEACTIVATED = "account.deactivated"
    ACCOUNT_REACTIVATED = "account.reactivated"
    ACCOUNT_SUSPENDED = "account.suspended"
    ACCOUNT_REINSTATED = "account.reinstated"
    ACCOUNT_CORRECTED = "account.corrected"
    ROLE_GRANTED = "role.granted"
    MFA_REQUIRED = "mfa.required"
    MFA_RELEASED = "mfa.released"

    LOGIN_SUCCEEDED = "login.succeeded"
    LOGIN_FAILED = "login.failed"
    LOGIN_THROTTLED = "login.throttled"
    LOGINS_OF_NOBODY = "login.of_nobody"
    PASSWORD_REFUSED = "password.refused"  # noqa: S105
    CODE_REFUSED = "code.refused"

    LOGOUT = "logout"
    SESSION_ENDED = "session.ended"
    SESSIONS_ENDED = "sessions.ended"
    TOKEN_REUSED = "token.reused"  # noqa: S105

    PASSWORD_CHANGED = "password.changed"  # noqa: S105
    PASSWORD_RESET_REQUESTED = "password.reset_requested"  # noqa: S105
    PASSWORD_RESET = "password.reset"  # noqa: S105
    EMAIL_CHANGE_REQUESTED = "email.change_requested"
    EMAIL_CHANGED = "email.changed"
    EMAIL_VERIFIED = "email.verified"
    USERNAME_CHANGED = "username.changed"

    TOTP_ADDED = "totp.added"
    TOTP_REMOVED = "totp.removed"
    RECOVERY_CODES_RENEWED = "recovery_codes.renewed"
    RECOVERY_CODE_USED = "recovery_code.used"
    PASSKEY_ADDED = "passkey.added"
    PASSKEY_REMOVED = "passkey.removed"
    PASSKEY_USED = "passkey.used"
    PASSKEY_COPIED = "passkey.copied"

    EXPORT_REQUESTED = "export.requested"
    EXPORT_DOWNLOADED = "export.downloaded"
    ERASURE_REQUESTED = "erasure.requested"
    ERASURE_COMPLETED = "erasure.completed"

    SERVICE_CLIENT_ADDED = "service_client.added"
    SERVICE_CLIENT_REVOKED = "service_client.revoked"
    EVENTS_RETRIED = "events.retried"
    EVENTS_REPLAYED = "events.replayed"
    MAILS_RETRIED = "mails.retried"
    AUDIT_TRIMMED = "audit.trimmed"


class Outcome(models.TextChoices):
    SUCCESS = "success"
    FAILURE = "failure"


FAILURES = frozenset(
    {
        Event.LOGIN_FAILED,
        Event.LOGIN_THROTTLED,
        Event.LOGINS_OF_NOBODY,
        Event.PASSWORD_REFUSED,
        Event.CODE_REFUSED,
        Event.TOKEN_REUSED,
        Event.PASSKEY_COPIED,
    }
)


def outcome_of(event: str) -> Outcome:
    return Outcome.FAILURE if event in FAILURES else Outcome.SUCCESS
