"""Background jobs in the admin site."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from posts_project.events.registry import defer
from posts_project.staff.models import StaffUser

JOBS = "/admin/procrastinate/procrastinatejob/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> Client:
    client = Client()
    client.force_login(StaffUser.objects.create_superuser("root", password="a long local secret"))
    return client


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(StaffUser.objects.create(username="sam@auth", is_staff=True))
    return client


def job(status: str = "failed", **arguments: Any) -> int:
    defer("feeds.rebuild", **{"owner_id": 7, **arguments})
    number = ProcrastinateJob.objects.latest("id").id
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s, attempts = 9 WHERE id = %s", [status, number])
    return number


def status_of(number: int) -> str:
    return ProcrastinateJob.objects.get(id=number).status


def test_a_failed_job_runs_again_after_a_question(administrator: Client) -> None:
    number = job()
    path = f"{JOBS}{number}/retry/"

    question = administrator.get(path).content.decode()
    assert "Run again?" in question
    assert status_of(number) == "failed"

    response = administrator.post(path, {"confirmed": "yes"}, follow=True)

    assert "runs as soon as a worker is free" in response.content.decode()
    assert status_of(number) == "todo"
    assert LogEntry.objects.get().change_message == "runs as soon as a worker is free"


def test_several_are_ticked_in_the_list(administrator: Client) -> None:
    numbers = [job(), job(owner_id=8)]
    ticked = {"action": "retry", "_selected_action": numbers}

    question = administrator.post(JOBS, ticked)
    assert [status_of(number) for number in numbers] == ["failed", "failed"]
    assert b"Run again?" in question.content

    administrator.post(JOBS, ticked | {"confirmed": "yes"})
    assert [status_of(number) for number in numbers] == ["todo", "todo"]


@pytest.mark.parametrize("status", ["todo", "doing", "succeeded", "cancelled", "aborted"])
def test_what_has_not_failed_is_left(status: str, administrator: Client) -> None:
    number = job(status)

    response = administrator.post(f"{JOBS}{number}/retry/", {"confirmed": "yes"}, follow=True)

    assert "It has not failed" in response.content.decode()
    assert status_of(number) == status


def test_one_of_whose_kind_another_waits_is_left(administrator: Client) -> None:
    failed, waits = job(), job("todo")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET queueing_lock = 'one' WHERE id IN (%s, %s)", [failed, waits])

    response = administrator.post(f"{JOBS}{failed}/retry/", {"confirmed": "yes"}, follow=True)

    assert "Another of its kind waits already" in response.content.decode()
    assert status_of(failed) == "failed"


def test_staff_may_look_and_not_retry(staff: Client) -> None:
    number = job()

    assert staff.get(f"{JOBS}{number}/change/").status_code == 200
    assert b"Run again" not in staff.get(JOBS).content
    assert staff.post(f"{JOBS}{number}/retry/", {"confirmed": "yes"}).status_code == 403
    staff.post(JOBS, {"action": "retry", "_selected_action": [number], "confirmed": "yes"})
    assert status_of(number) == "failed"


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 2), ("?status__exact=failed", 1), ("?status__exact=todo", 1), ("?task=feeds.rebuild", 2), ("?q=feeds.", 2),
     ("?task=worker.trim_timelines", 0), ("?q=zzz", 0), ("?task=zzz", 2), (f"?q={2**63}", 0)],
)  # fmt: skip
def test_jobs_are_found_by_state_task_and_id(query: str, found: int, staff: Client) -> None:
    job()
    job("todo")

    page = staff.get(f"{JOBS}{query}").content.decode()

    assert page.count('class="action-select"') + page.count(f"{JOBS}") >= found
    assert len(staff.get(f"{JOBS}{query}").context["cl"].result_list) == found


def test_the_page_of_a_job_tells_what_happened(staff: Client) -> None:
    number = job()

    page = staff.get(f"{JOBS}{number}/change/").content.decode()

    assert "UTC: deferred" in page
    assert "owner_id" in page


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_is_a_constant_number_of_queries(count: int, staff: Client, django_assert_num_queries: Any) -> None:
    for _ in range(count):
        job()

    with django_assert_num_queries(6):
        staff.get(JOBS)
