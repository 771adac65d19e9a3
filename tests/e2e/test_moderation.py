"""Moderators at work: across both services, by their desk in a real browser, and by command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import CHROMIUM, PASSWORD, eventually
from tests.e2e.test_admin_sites import sign_in_patiently

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
AT_ONCE_SECONDS = 1.0
in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def manage(stack, project, *words, given=""):
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(
        [sys.executable, f"manage_{project}.py", *words],
        cwd=ROOT,
        env=environment | stack.environment,
        input=given,
        text=True,
        capture_output=True,
        check=False,
    )


def is_refused(person, service):
    """Whether the token that the person holds is over in that service."""
    path = {"auth": "/api/v1/users/me", "posts": "/api/v1/decisions"}[service]
    return person.api.call("GET", path, token=person.access).code == "token_revoked"


def may_sign_in(person):
    body = {"login": person.username, "password": person.password}
    return person.api.call("POST", "/api/v1/auth/login", body).status == 200


@pytest.fixture
def moderator(stack, unused_name):
    """A member of staff who is no administrator; appointed by one in the browser."""
    name = unused_name("mo")
    made = manage(stack, "auth", "create_staff", name, f"{name}@example.org", given=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stderr
    return name


def test_a_suspension_in_posts_ends_the_sessions_everywhere_within_a_second_and_can_be_undone(stack, ada, bob):
    post = ada.call("POST", "/api/v1/posts", {"text": "Buy this"}).expect(201).body
    bob.call("GET", f"/api/v1/posts/{post['id']}").expect(200)

    done = manage(stack, "posts", "suspend_profile", ada.username, "--reason", "Advertising")

    assert (done.returncode, done.stderr) == (0, "")
    assert eventually(lambda: is_refused(ada, "posts"), seconds=5) < AT_ONCE_SECONDS
    assert eventually(lambda: is_refused(ada, "auth"), seconds=5) < AT_ONCE_SECONDS
    assert not may_sign_in(ada)
    assert bob.call("GET", f"/api/v1/profiles/{ada.username}").status == 404
    assert bob.call("GET", f"/api/v1/posts/{post['id']}").status == 404

    undone = manage(stack, "posts", "reinstate_profile", ada.username)

    assert (undone.returncode, undone.stderr) == (0, "")
    eventually(lambda: may_sign_in(ada), seconds=5)
    eventually(lambda: bob.call("GET", f"/api/v1/posts/{post['id']}").status == 200, seconds=5)
    ada.sign_in()
    told = ada.call("GET", "/api/v1/decisions").expect(200).body["results"]
    assert [(one["kind"], one["text"], one["reversed_by"]) for one in told] == [("suspend", "Advertising", "staff")]
    ada.call("POST", "/api/v1/posts", {"text": "Back again"}).expect(201)


def test_posts_suspends_while_auth_is_away_and_auth_follows(stack, ada):
    stack.stop("auth")
    try:
        done = manage(stack, "posts", "suspend_profile", ada.username, "--reason", "Advertising")
        assert done.returncode == 0, done.stderr
        eventually(lambda: is_refused(ada, "posts"), seconds=5)
    finally:
        stack.start("auth")

    eventually(lambda: is_refused(ada, "auth"), seconds=60)
    assert not may_sign_in(ada)


@in_a_browser
def test_a_report_is_decided_undone_and_appealed_at_the_desk(page, stack, administrator, moderator, ada, bob, tmp_path):
    post = ada.call("POST", "/api/v1/posts", {"text": "<b>Buy</b> this offer"}).expect(201).body
    report = {"post_id": post["id"], "reason": "spam", "comment": "Again and again"}
    bob.call("POST", "/api/v1/reports", report).expect(201)
    appoint(page, stack, administrator, moderator)

    sign_in_patiently(page, stack.posts_url, login=moderator)
    page.goto(f"{stack.posts_url}/admin/moderation/case/")
    page.screenshot(path=tmp_path / "queue.png")
    page.locator("tr", has_text=f"@{ada.username}").locator("a").first.click()
    expect(page.locator("#reported-text")).to_have_text("<b>Buy</b> this offer")
    page.get_by_role("button", name="Hide post").click()

    expect(page.locator("body")).to_contain_text("Decided: Hide post. It can be undone below.")
    page.screenshot(path=tmp_path / "decided.png", full_page=True)
    assert bob.call("GET", f"/api/v1/posts/{post['id']}").status == 404
    assert ada.call("GET", f"/api/v1/posts/{post['id']}").status == 200

    page.get_by_role("button", name="Undo").click()
    expect(page.locator("body")).to_contain_text("Undone.")
    assert bob.call("GET", f"/api/v1/posts/{post['id']}").status == 200
    page.screenshot(path=tmp_path / "open.png", full_page=True)
    page.get_by_role("button", name="Hide post").click()

    expect(page.locator("body")).to_contain_text("It can be undone below.")
    decision = ada.call("GET", "/api/v1/decisions").expect(200).body["results"][0]
    ada.call("POST", "/api/v1/appeals", {"decision_id": decision["id"], "text": "It was a joke"}).expect(201)
    page.goto(f"{stack.posts_url}/admin/moderation/appeal/")
    page.locator("tr", has_text=ada.username).locator("a").first.click()
    expect(page.locator("body")).to_contain_text("It was a joke")
    page.fill("textarea[name=text]", "So it was.")
    page.screenshot(path=tmp_path / "appeal.png", full_page=True)
    page.get_by_role("button", name="Accept").click()

    expect(page.locator("body")).to_contain_text("The appeal is accepted.")
    assert bob.call("GET", f"/api/v1/posts/{post['id']}").status == 200
    page.goto(f"{stack.posts_url}/admin/moderation/auditentry/?q={ada.username}")
    expect(page.locator("#result_list tbody tr")).to_have_count(5)
    page.screenshot(path=tmp_path / "audit.png", full_page=True)


def appoint(page, stack, administrator, moderator):
    """The moderator signs in once, to be known here; an administrator makes a moderator of them."""
    for who in (moderator, administrator):
        sign_in_patiently(page, stack.posts_url, login=who)
        if who == moderator:
            assert page.locator("a[href*='/admin/moderation/']").count() == 0
            sign_out(page, stack)
    page.goto(f"{stack.posts_url}/admin/staff/staffuser/")
    page.locator("tr", has_text=moderator).locator("input[name=_selected_action]").check()
    page.select_option("select[name=action]", "appoint")
    page.locator("button[name=index]").click()
    expect(page.locator("body")).to_contain_text("is a moderator now")
    sign_out(page, stack)


def sign_out(page, stack):
    page.context.clear_cookies()
