"""Mails of the development stack: files."""

from email import message_from_bytes
from email.policy import default

from django.core.mail import EmailMultiAlternatives

from auth_project.mail.backends import FolderBackend


def test_each_mail_is_one_file_that_only_its_owner_reads(settings, tmp_path):
    settings.MAIL_FOLDER = tmp_path / "mail"
    messages = [EmailMultiAlternatives(f"number {n}", "täxt", "us@example.com", ["ada@example.com"]) for n in (1, 2)]
    for message in messages:
        message.attach_alternative("<p>täxt</p>", "text/html")

    assert FolderBackend().send_messages(messages) == 2

    files = sorted((tmp_path / "mail").iterdir())
    assert [path.suffix for path in files] == [".eml", ".eml"]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600, 0o600]
    parsed = [message_from_bytes(path.read_bytes(), policy=default) for path in files]
    assert [one["Subject"] for one in parsed] == ["number 1", "number 2"]
    assert parsed[0]["To"] == "ada@example.com"
    assert [part.get_content_type() for part in parsed[0].iter_parts()] == ["text/plain", "text/html"]
    assert parsed[0].get_body(("plain",)).get_content().strip() == "täxt"
