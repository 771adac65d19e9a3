"""Handing mails to the mail server: each once, later where that fails, and nothing kept afterwards."""

import smtplib
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import connections
from django.utils import timezone

from auth_project.mail import outbox, post
from auth_project.mail.models import Mail
from auth_project.mail.post import Letter
from auth_project.transactions import run_in_txn
from tests.auth.explain import plan_of
from tests.auth.fakes import make_user

TEMPLATES = sorted(
    path.stem for path in Path(post.__file__).parent.glob("templates/mail/*.txt") if path.stem != "letter"
)


def as_it_is(mail: Mail, now: Any) -> Letter:
    return Letter(to=mail.to, template=mail.template, context=mail.context)


def ask(template: str = "suspended", **context: Any) -> Mail:
    run_in_txn(lambda: outbox.send(to="ada@example.com", template=template, context=context))
    return Mail.objects.latest("id")


def test_a_mail_leaves_as_text_and_html_and_is_forgotten():
    asked = ask(username="ada", reason="spam")

    assert post.deliver_due(compose=as_it_is, now=timezone.now()) == 1

    (message,) = django_mail.outbox
    (alternative,) = message.alternatives
    assert message.to == ["ada@example.com"]
    assert message.subject == "Social: your account was suspended"
    assert message.extra_headers["Message-ID"].startswith(f"<{asked.pk}@")
    assert message.body == ("Hello ada,\n\nyour account was suspended.\n\nThe reason: spam\n\nSocial\n")
    assert alternative.mimetype == "text/html"
    assert "<p>The reason: spam</p>" in alternative.content
    assert Mail.objects.count() == 0


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "{{7*7}}", "{0.__class__}", "%s%n", "{% debug %}"])
@pytest.mark.asvs("1.3.7", "1.3.10")
def test_what_people_write_is_data_in_both_forms(hostile):
    ask(username="ada", reason=hostile)

    post.deliver_due(compose=as_it_is, now=timezone.now())

    (message,) = django_mail.outbox
    assert f"The reason: {hostile}\n" in message.body
    assert "<script>" not in message.alternatives[0].content


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_has_a_subject_of_one_line_and_a_body(template):
    ask(
        template,
        username="ada",
        link="https://example.org/x?token=y",
        hours=1,
        reason="r",
        until="tomorrow",
        change="on",
    )

    post.deliver_due(compose=as_it_is, now=timezone.now())

    (message,) = django_mail.outbox
    assert message.subject.startswith("Social: ")
    assert "\n" not in message.subject
    assert message.body.startswith("Hello ada,\n\n")
    assert "{" not in message.body


def test_a_mail_without_a_reason_is_dropped():
    ask()

    assert post.deliver_due(compose=lambda mail, now: None, now=timezone.now()) == 0

    assert (django_mail.outbox, Mail.objects.count()) == ([], 0)


def test_one_bad_mail_does_not_keep_the_others():
    ask("no_such_template")
    ask(username="ada")

    assert post.deliver_due(compose=as_it_is, now=timezone.now()) == 1

    left = Mail.objects.get()
    assert (left.template, left.attempts, left.last_error) == ("no_such_template", 1, "TemplateDoesNotExist")


def test_a_mail_server_that_fails_is_asked_again_later_and_its_words_are_not_kept(monkeypatch):
    asked, now = ask(), timezone.now()

    def refuse(*_: Any, **__: Any) -> None:
        raise smtplib.SMTPServerDisconnected("ada@example.com")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    post.deliver_due(compose=as_it_is, now=now)
    first = Mail.objects.get(pk=asked.pk)
    assert (first.status, first.attempts, first.last_error) == ("pending", 1, "SMTPServerDisconnected")
    assert post.deliver_due(compose=as_it_is, now=now + timedelta(seconds=5)) == 0
    assert Mail.objects.get().attempts == 1

    post.deliver_due(compose=as_it_is, now=now + timedelta(seconds=11))
    assert Mail.objects.get().attempts == 2
    post.deliver_due(compose=as_it_is, now=now + timedelta(hours=25))
    assert Mail.objects.get().status == "dead"
    assert post.deliver_due(compose=as_it_is, now=now + timedelta(days=9)) == 0


def test_an_address_that_the_server_does_not_know_is_given_up_at_once(monkeypatch):
    ask()

    def refuse(*_: Any, **__: Any) -> None:
        raise smtplib.SMTPRecipientsRefused({"ada@example.com": (550, b"unknown")})

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    post.deliver_due(compose=as_it_is, now=timezone.now())

    assert Mail.objects.get().status == "dead"


def test_what_came_of_each_mail_is_counted():
    def counted() -> dict[str, float]:
        return {one: post.MAILS.labels(one)._value.get() for one in ("sent", "dropped", "postponed", "dead")}

    before = counted()
    ask()
    post.deliver_due(compose=as_it_is, now=timezone.now())
    ask()
    post.deliver_due(compose=lambda mail, now: None, now=timezone.now())
    ask("no_such_template")
    post.deliver_due(compose=as_it_is, now=timezone.now())
    post.deliver_due(compose=as_it_is, now=timezone.now() + timedelta(hours=25))

    after = counted()
    assert {one: after[one] - before[one] for one in after} == dict.fromkeys(after, 1)


def test_what_a_dead_worker_held_is_due_again_when_its_lease_is_over():
    ask()
    now = timezone.now()
    assert post._claim(now) is not None

    assert post.deliver_due(compose=as_it_is, now=now + timedelta(seconds=1)) == 0
    assert post.deliver_due(compose=as_it_is, now=now + post.LEASE) == 1


def test_several_workers_send_each_mail_once():
    for _ in range(20):
        ask(username="ada")

    def work() -> None:
        try:
            post.deliver_due(compose=as_it_is, now=timezone.now())
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(django_mail.outbox) == 20
    assert Mail.objects.count() == 0


def test_nothing_of_a_mail_is_logged_but_its_kind(caplog):
    caplog.set_level("DEBUG")
    ask(username="ada", reason="a private reason")

    post.deliver_due(compose=as_it_is, now=timezone.now())

    written = " ".join(str(record.__dict__) for record in caplog.records if record.name.startswith("auth_project"))
    assert "mail.sent" in written
    assert "example.com" not in written
    assert "private" not in written


def test_who_is_deleted_takes_waiting_mails_along():
    ada = make_user("ada")
    run_in_txn(lambda: outbox.send(to=ada.email, template="reinstated", user_id=ada.pk))

    ada.delete()

    assert Mail.objects.count() == 0


def test_due_mails_are_found_by_an_index():
    ask()
    Mail.objects.update(status="dead")
    ask()

    stages, examined = plan_of(Mail.objects.filter(status="pending", due_at__lte=timezone.now()))

    assert "COLLSCAN" not in stages
    assert examined == 1
