"""Both admin sites in a real browser: staff are made by command and sign in to both with one password."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import CHROMIUM, PASSWORD, eventually

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def sign_in(page: Page, origin: str, *, login: str, password: str) -> None:
    page.goto(f"{origin}/admin/")
    page.fill("input[name=username]", login)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")


def choose(page: Page, action: str) -> None:
    """By the menu in the head of a user's page."""
    page.locator("li a", has_text="Manage").first.click()
    page.locator("a:visible", has_text=action).last.click()


def sign_in_patiently(page: Page, origin: str, *, login: str) -> None:
    """As a person would: Auth is given one second for the answer, which a busy machine may miss."""
    for _ in range(4):
        sign_in(page, origin, login=login, password=PASSWORD)
        if page.locator("input[name=password]").count() == 0:
            return
    raise AssertionError(page.locator("body").inner_text())


def test_an_administrator_finds_and_opens_a_user_in_auth(page, stack, administrator, ada):
    sign_in_patiently(page, stack.auth_url, login=administrator)
    page.goto(f"{stack.auth_url}/admin/accounts/user/?q={ada.username}")

    page.click(f"text={ada.username}")

    expect(page.locator("input[name=display_name]")).to_have_value(ada.username)
    assert page.locator("input[type=password]").count() == 0
    assert "argon2" not in page.content()


@pytest.mark.slow
def test_an_administrator_suspends_and_reinstates_a_user(page, stack, administrator, ada):
    ada.call("POST", "/api/v1/posts", {"text": "still here"}).expect(201)
    sign_in(page, stack.auth_url, login=administrator, password=PASSWORD)
    page.goto(f"{stack.auth_url}/admin/accounts/user/{ada.id}/change/")

    choose(page, "Suspend")
    page.fill("textarea[name=reason]", "<b>spam</b>")
    page.fill("input[name=until]", "2126-12-31T18:00")
    page.get_by_role("button", name="Suspend").click()

    expect(page.locator("body")).to_contain_text("suspended until 2126-12-31 18:00 UTC: <b>spam</b>")
    assert ada.api.call("GET", "/api/v1/users/me", token=ada.access).code == "token_revoked"
    eventually(lambda: ada.api.call("GET", f"/api/v1/profiles/{ada.username}").status == 404)

    choose(page, "Reinstate")
    page.get_by_role("button", name="Reinstate").click()

    expect(page.locator("body")).to_contain_text("reinstated")
    eventually(lambda: ada.api.call("GET", f"/api/v1/profiles/{ada.username}").status == 200)
    ada.sign_in()


@pytest.mark.slow
def test_an_administrator_ends_one_session_of_a_user(page, stack, administrator, ada):
    old = ada.access
    ada.sign_in()
    sign_in(page, stack.auth_url, login=administrator, password=PASSWORD)
    page.goto(f"{stack.auth_url}/admin/accounts/user/{ada.id}/change/")

    page.get_by_role("link", name="Sessions").last.click()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    page.locator("#result_list tbody tr").last.locator("a").first.click()
    page.get_by_role("link", name="End").last.click()
    page.get_by_role("button", name="End").click()

    expect(page.locator("body")).to_contain_text("ended")
    assert ada.api.call("GET", "/api/v1/users/me", token=old).code == "token_revoked"
    ada.api.call("GET", "/api/v1/users/me", token=ada.access).expect(200)


@pytest.mark.slow
def test_users_are_ticked_and_filtered_in_the_list(page, stack, administrator, ada, bob):
    sign_in(page, stack.auth_url, login=administrator, password=PASSWORD)
    page.goto(f"{stack.auth_url}/admin/accounts/user/")
    for person in (ada, bob):
        page.locator("tr", has_text=person.username).locator("input[name=_selected_action]").check()

    page.select_option("select[name=action]", "require_second_factor")
    page.locator("button[name=index]").click()
    expect(page.locator("li", has_text=ada.username)).to_be_visible()
    page.get_by_role("button", name="Require second factor").click()

    page.goto(f"{stack.auth_url}/admin/accounts/user/?mfa_required__exact=1&joined=1")
    expect(page.locator("#result_list tbody tr")).to_have_count(2)


@pytest.mark.slow
def test_the_audit_of_a_user_is_looked_at_and_nothing_in_it_changed(page, stack, administrator, ada, tmp_path):
    ada.api.call("POST", "/api/v1/auth/login", {"login": ada.username, "password": "not the password"}).expect(401)
    sign_in(page, stack.auth_url, login=administrator, password=PASSWORD)
    page.goto(f"{stack.auth_url}/admin/accounts/user/{ada.id}/change/")

    page.get_by_role("link", name="Audit").last.click()

    expect(page.locator("#result_list tbody tr")).to_have_count(3)
    expect(page.locator("#result_list tbody tr").first).to_contain_text("login.failed")
    assert page.locator("select[name=action]").count() == 0
    page.screenshot(path=tmp_path / "audit.png", full_page=True)
    page.locator("#result_list tbody a").first.click()
    expect(page.locator("body")).to_contain_text(ada.username)
    expect(page.locator("body")).to_contain_text("Unknown")
    assert page.locator("[name=_save]").count() == 0
    page.screenshot(path=tmp_path / "entry.png", full_page=True)


@pytest.mark.slow
def test_the_first_page_of_auth_has_charts_that_can_be_read_as_tables(page, stack, administrator, ada, tmp_path):
    measure = "from auth_project.figures.services import measure; from django.utils import timezone; "
    measure += "from datetime import timedelta; measure(now=timezone.now() + timedelta(minutes=10))"
    manage(stack, "manage_auth.py", measure)
    sign_in(page, stack.auth_url, login=administrator, password=PASSWORD)

    page.goto(f"{stack.auth_url}/admin/")

    expect(page.locator("figure[data-series]")).to_have_count(4)
    chart = page.locator("figure[data-series=registrations]")
    expect(chart.get_by_role("img")).to_be_visible()
    assert chart.locator("rect").last.bounding_box()["height"] > 50
    chart.locator("summary").click()
    expect(chart.locator("tbody tr").first.locator("td")).to_have_text(re.compile("[1-9]"))
    page.screenshot(path=tmp_path / "charts.png", full_page=True)


@pytest.mark.slow
def test_the_outbox_is_looked_at(page, stack, administrator, ada):
    sign_in(page, stack.auth_url, login=administrator, password=PASSWORD)
    page.goto(f"{stack.auth_url}/admin/events/outboxevent/?q={ada.id}")

    page.locator("#result_list tbody a").first.click()

    expect(page.locator("body")).to_contain_text("user.registered")
    expect(page.get_by_role("link", name="Send again")).to_be_visible()


def test_the_same_administrator_finds_a_post_in_posts(page, stack, administrator, ada):
    ada.call("POST", "/api/v1/posts", {"text": "<img src=x onerror=alert(1)> unmistakable"}).expect(201)
    sign_in_patiently(page, stack.posts_url, login=administrator)

    page.goto(f"{stack.posts_url}/admin/posts/post/")

    expect(page.locator("body")).to_contain_text("unmistakable")
    assert page.locator("img[src=x]").count() == 0


def manage_posts(stack, statements: str) -> None:
    manage(stack, "manage_posts.py", statements)


def manage(stack, program: str, statements: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, program, "shell", "--no-imports", "-c", statements]
    subprocess.run(command, cwd=ROOT, env=environment | stack.environment, check=True, capture_output=True)


@pytest.mark.slow
def test_the_first_page_of_posts_has_charts_that_can_be_read_as_tables(page, stack, administrator, ada):
    ada.call("POST", "/api/v1/posts", {"text": "counted"}).expect(201)
    manage_posts(stack, "from posts_project.worker.tasks import measure_days; measure_days(timestamp=0)")
    sign_in_patiently(page, stack.posts_url, login=administrator)

    page.goto(f"{stack.posts_url}/admin/")

    chart = page.locator("figure[data-series=posts]")
    expect(chart.get_by_role("img")).to_be_visible()
    assert chart.locator("rect").last.bounding_box()["height"] > 50
    chart.locator("summary").click()
    today = chart.locator("tbody tr").first
    expect(today.locator("td")).to_have_text(re.compile("[1-9]"))


@pytest.mark.slow
def test_a_failed_job_is_found_and_runs_again(page, stack, administrator, ada):
    fail = f"""
from posts_project import sql
from posts_project.events.registry import defer
from django.db import transaction
with transaction.atomic():
    defer("profiles.refresh", profile_id={ada.id})
    sql.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'profiles.refresh'", {{}})
"""
    manage_posts(stack, fail)
    sign_in(page, stack.posts_url, login=administrator, password=PASSWORD)
    jobs = f"{stack.posts_url}/admin/procrastinate/procrastinatejob/?status__exact=failed&task=profiles.refresh"
    page.goto(jobs)
    page.locator("#result_list tbody a").first.click()
    page.get_by_role("link", name="Run again").last.click()
    page.get_by_role("button", name="Run again").click()

    # It may have run by the time that its page comes up, and is gone.
    page.wait_for_load_state()
    page.goto(jobs)
    expect(page.locator("#result_list tbody tr")).to_have_count(0)


@pytest.mark.slow
def test_tags_in_use_lead_to_posts(page, stack, administrator, ada):
    ada.call("POST", "/api/v1/posts", {"text": "a #Rarity"}).expect(201)
    sign_in(page, stack.posts_url, login=administrator, password=PASSWORD)
    page.goto(f"{stack.posts_url}/admin/posts/post/")

    page.get_by_role("link", name="Tags in use").first.click()
    page.get_by_role("link", name="#rarity").click()

    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.locator("body")).to_contain_text("a #Rarity")


@pytest.mark.slow
@pytest.mark.parametrize("service", ["auth", "posts"])
def test_people_and_wrong_passwords_stay_outside(page, stack, administrator, ada, service):
    origin = getattr(stack, f"{service}_url")
    for login, password in ((ada.username, PASSWORD), (administrator, "not the password")):
        sign_in(page, origin, login=login, password=password)

        expect(page.locator("input[name=password]")).to_be_visible()
        assert page.locator("a[href*='/admin/logout']").count() == 0


@pytest.mark.slow
def test_posts_says_clearly_that_auth_is_away(page, stack, administrator):
    stack.stop("auth")
    try:
        sign_in(page, stack.posts_url, login=administrator, password=PASSWORD)

        expect(page.locator("body")).to_contain_text("Auth")
        expect(page.locator("input[name=password]")).to_be_visible()
    finally:
        stack.start("auth")


@pytest.mark.slow
@pytest.mark.parametrize("service", ["auth", "posts"])
def test_the_api_documents_come_up_without_a_network(page, stack, service):
    page.goto(f"{getattr(stack, service + '_url')}/api/docs")

    # A megabyte of it is laid out by the browser, on a machine that five servers share.
    expect(page.locator(".opblock").first).to_be_visible(timeout=60_000)
