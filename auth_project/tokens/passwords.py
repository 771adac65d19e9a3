"""A new password, and with it the end of what was signed in to with the old one."""

from datetime import datetime

from auth_project.accounts.names import normalise
from auth_project.accounts.services import passwords
from auth_project.throttling.guesses import forgive_passwords, may_be_mailed
from auth_project.tokens import services
from auth_project.tokens.models import Session
from auth_project.transactions import run_in_txn
from shared.bearer import Viewer


def change(*, viewer: Viewer, current: str, new: str, network: str, now: datetime) -> None:
    """The session that asks stays, all others end.

    :raises WrongPassword, Throttled: `current` is not theirs. :raises ValidationProblem: `new` is too weak.
    """

    def work() -> None:
        passwords.change(user_id=viewer.user_id, current=current, new=new, network=network, now=now)
        services.end_others(
            user_id=viewer.user_id, keep=viewer.session_id, reason=Session.EndReason.PASSWORD_CHANGED, now=now
        )

    run_in_txn(work)


def request_reset(*, email: str, now: datetime) -> None:
    """Have a link sent to `email`, if somebody has it; whoever asks learns nothing of that, nor can fill a mailbox."""
    if may_be_mailed(normalise(email), now=now):
        passwords.request_reset(email=email, now=now)


def reset(*, token: str, new: str, network: str, now: datetime) -> None:
    """All sessions end. Wrong attempts are forgotten: who reads the mail is no stranger.

    :raises TokenRefused: it is not good any more. :raises ValidationProblem: `new` is too weak.
    """

    def work() -> None:
        user = passwords.reset(token=token, new=new, now=now)
        services.end_others(user_id=user.pk, keep=None, reason=Session.EndReason.PASSWORD_CHANGED, now=now)
        forgive_passwords(user.username_ci, user.email_ci, network=network)

    run_in_txn(work)
