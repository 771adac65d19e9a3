"""Daily figures: counted by the worker, shown as charts that need no script."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from auth_project.audit import trail
from auth_project.audit.chain import seal
from auth_project.audit.events import Event
from auth_project.figures import services
from auth_project.figures.models import DailyFigure
from auth_project.figures.series import SERIES
from auth_project.tokens.models import Session
from auth_project.transactions import run_in_txn
from shared.charts import DAYS
from shared.snowflakes import least_id_at
from tests.auth.conftest import sign_in
from tests.auth.fakes import make_user
from tests.auth.security.commands import overheard

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


def figures(name: str) -> dict[str, int]:
    return {f"{one.day}": one.value for one in DailyFigure.objects.order_by("id") if one.name == name and one.value}


def audited(event: Event, moment: datetime, **detail: str) -> None:
    run_in_txn(lambda: trail.record(event, user_id=None, entry_id=least_id_at(moment), **detail))


def used(moment: datetime) -> None:
    Session.objects.create(
        id=str(Session.objects.count()), user_id=7, created_at=moment, last_used_at=moment, expires_at=moment
    )


def test_each_day_is_counted_from_midnight_to_midnight_utc():
    today = NOON.replace(hour=0)
    for number, after in enumerate((timedelta(milliseconds=-1), timedelta(), timedelta(hours=12), timedelta(days=-40))):
        make_user(f"user_{number}", id=least_id_at(today + after))
        audited(Event.LOGIN_SUCCEEDED, today + after)
        used(today + after)
    audited(Event.LOGIN_FAILED, today + timedelta(hours=1))
    audited(Event.LOGINS_OF_NOBODY, today + timedelta(hours=2), attempts="17")
    audited(Event.LOGIN_FAILED, today - timedelta(days=5))

    services.measure(now=NOON)

    assert figures("registrations") == {"2026-06-14": 1, "2026-06-15": 2}
    assert figures("sign_ins") == {"2026-06-14": 1, "2026-06-15": 2}
    assert figures("refused_sign_ins") == {"2026-06-10": 1, "2026-06-15": 18}
    assert figures("active_sessions") == {"2026-06-14": 1, "2026-06-15": 2}
    assert DailyFigure.objects.count() == (len(SERIES) - 1) * DAYS + 2


def test_what_was_counted_stays_and_grows():
    used(NOON)
    services.measure(now=NOON)
    Session.objects.update(last_used_at=NOON + timedelta(days=1))

    services.measure(now=NOON + timedelta(days=1))

    assert figures("active_sessions") == {"2026-06-15": 1, "2026-06-16": 1}


def test_days_are_counted_every_ten_minutes_and_those_that_were_not_again():
    assert services.measure(now=NOON) == (len(SERIES) - 1) * DAYS + 2
    assert services.measure(now=NOON + timedelta(minutes=9)) == 0
    assert services.measure(now=NOON + timedelta(minutes=10)) == 2 * len(SERIES)


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(make_user("sam", is_staff=True))
    return client


def test_the_first_page_shows_charts_with_their_numbers_as_a_table(staff):
    sign_in(make_user("ada"))
    DailyFigure.objects.create(
        id=f"{timezone.now().date() - timedelta(days=1)} registrations", value=1_234, counted_at=NOON
    )
    services.measure(now=timezone.now())
    seal(now=timezone.now())

    with overheard() as commands:
        page = staff.get("/admin/").content.decode()

    assert page.count('<svg role="img"') == len(SERIES)
    section = page.partition('<section aria-label="The last 30 days"')[2].partition("</section>")[0]
    assert [word for word in ("<script", "onclick", "http") if word in section] == []
    assert "1236 in 30 days, 1234 at most on one day." in " ".join(page.split())
    assert "not counted" in page
    latest = max(figure.counted_at for figure in DailyFigure.objects.all())
    assert page.count(f"Counted at {latest:%Y-%m-%d %H:%M} UTC, again every ten minutes.") == len(SERIES)
    assert f"{timezone.now().date()}: 2</title>" in page
    assert [command for command in commands if next(iter(command.values())) in ("users", "audit_entries")][1:] == []


def test_the_first_page_without_any_figure_is_empty_and_whole(staff):
    page = " ".join(staff.get("/admin/").content.decode().split())

    assert page.count("Not counted yet: the worker does so every ten minutes.") == len(SERIES)
