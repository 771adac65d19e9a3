"""Daily figures: counted by a job, shown as charts that need no script."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from posts_project.feeds.models import TimelineOwner
from posts_project.figures import services
from posts_project.figures.models import DailyFigure
from posts_project.figures.series import SERIES
from posts_project.follows.models import Follow
from posts_project.posts.models import Post
from posts_project.staff.models import StaffUser
from posts_project.worker.tasks import measure_days
from shared.charts import DAYS
from shared.snowflakes import least_id_at
from tests.posts.people import Person

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Client:
    client = Client()
    client.force_login(StaffUser.objects.create_superuser("root", password="a long local secret"))
    return client


def post(author: Person, moment: datetime) -> None:
    Post.objects.create(
        id=least_id_at(moment), author_id=author.id, text="x", visibility="public", reply_policy="everyone"
    )


def figures(name: str) -> dict[str, int]:
    rows = DailyFigure.objects.filter(name=name).order_by("day")
    return {row.day.isoformat(): row.value for row in rows if row.value}


def test_each_day_is_counted_from_midnight_to_midnight_utc(ada: Person, bob: Person) -> None:
    today = NOON.replace(hour=0)
    for after in (timedelta(milliseconds=-1), timedelta(), timedelta(hours=12), timedelta(days=1), timedelta(days=-40)):
        post(ada, today + after)
    Follow.objects.create(follower_id=bob.id, followee_id=ada.id, since=least_id_at(today - timedelta(days=5)))
    TimelineOwner.objects.filter(owner_id=ada.id).update(last_seen_at=NOON)
    TimelineOwner.objects.filter(owner_id=bob.id).update(last_seen_at=today - timedelta(hours=1))

    services.measure(now=NOON)

    assert figures("posts") == {"2026-06-14": 1, "2026-06-15": 2}
    assert figures("follows") == {"2026-06-10": 1}
    assert figures("active_people") == {"2026-06-14": 1, "2026-06-15": 1}
    assert DailyFigure.objects.filter(name="posts").count() == DAYS
    assert DailyFigure.objects.filter(name="active_people").count() == 2


def test_what_was_counted_stays_and_grows(ada: Person) -> None:
    post(ada, NOON)
    TimelineOwner.objects.update(last_seen_at=NOON)
    services.measure(now=NOON)
    TimelineOwner.objects.update(last_seen_at=NOON + timedelta(days=1))
    post(ada, NOON + timedelta(hours=1))

    services.measure(now=NOON + timedelta(days=1))

    assert figures("active_people") == {"2026-06-15": 1, "2026-06-16": 1}
    assert figures("posts") == {"2026-06-15": 2}


def test_days_that_were_counted_are_not_counted_again(ada: Person, django_assert_num_queries: Any) -> None:
    services.measure(now=NOON)

    # What is known of each, and two days, each counted and kept.
    with django_assert_num_queries(len(SERIES) * (1 + 2 * 2)):
        services.measure(now=NOON)


def test_the_job_counts_today(ada: Person) -> None:
    ada.writes("Hello")

    measure_days(timestamp=0)

    assert list(figures("posts").values()) == [1]


def test_the_first_page_shows_charts_with_their_numbers_as_a_table(
    site: Client, ada: Person, django_assert_max_num_queries: Any
) -> None:
    ada.writes("Hello")
    DailyFigure.objects.create(day=timezone.now().date() - timedelta(days=1), name="posts", value=1_234)
    measure_days(timestamp=0)

    with django_assert_max_num_queries(5):
        page = site.get("/admin/").content.decode()

    assert page.count('<svg role="img"') == len(SERIES)
    section = page.partition('<section aria-label="The last 30 days"')[2].partition("</section>")[0]
    assert [word for word in ("<script", "onclick", "http") if word in section] == []
    assert "1235 in 30 days, 1234 at most on one day." in " ".join(page.split())
    assert "not counted" in page
    latest = max(figure.counted_at for figure in DailyFigure.objects.all())
    assert page.count(f"Counted at {latest:%Y-%m-%d %H:%M} UTC, again every ten minutes.") == len(SERIES)
    assert f"{timezone.now().date()}: 1</title>" in page


def test_the_first_page_without_any_figure_is_empty_and_whole(site: Client) -> None:
    page = " ".join(site.get("/admin/").content.decode().split())

    assert page.count("Not counted yet: the worker does so every ten minutes.") == len(SERIES)
