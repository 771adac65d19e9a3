"""Asking for a mail is part of what the mail is about."""

import pytest
from django.core.mail.message import BadHeaderError

from auth_project.mail import outbox
from auth_project.mail.models import Mail
from auth_project.transactions import run_in_txn
from tests.auth.fakes import make_user


def test_a_mail_waits_until_the_worker_comes():
    ada = make_user("ada")

    run_in_txn(lambda: outbox.send(to=ada.email, template="reinstated", context={"username": "ada"}, user_id=ada.pk))

    mail = Mail.objects.get()
    assert (mail.to, mail.template, mail.context, mail.user, mail.status) == (
        "ada@example.com",
        "reinstated",
        {"username": "ada"},
        ada,
        "pending",
    )


def test_a_change_that_is_undone_asks_for_no_mail():
    def broken() -> None:
        outbox.send(to="ada@example.com", template="reinstated")
        raise RuntimeError("after the mail was asked for")

    with pytest.raises(RuntimeError):
        run_in_txn(broken)

    assert Mail.objects.count() == 0


def test_outside_of_a_transaction_no_mail_can_be_asked_for():
    with pytest.raises(outbox.SentOutsideTransaction):
        outbox.send(to="ada@example.com", template="reinstated")


@pytest.mark.parametrize(
    "to",
    [
        "a@b.org\nBcc: all@example.com",
        "a@b.org\r\n\r\nbody",
        "a@b.org, c@d.org",
        "a@b.org;c@d.org",
        "A <a@b.org>",
        "a b@c.org",
    ],
)
@pytest.mark.asvs("1.3.11")
def test_what_could_be_more_than_one_address_is_refused(to):
    with pytest.raises(BadHeaderError):
        run_in_txn(lambda: outbox.send(to=to, template="reinstated"))

    assert Mail.objects.count() == 0
