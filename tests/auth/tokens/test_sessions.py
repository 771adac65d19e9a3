"""Where one is signed in: seen, ended one by one or all but this one, and never more than fifty."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from auth_project.accounts.models import User
from auth_project.events.models import OutboxEvent
from auth_project.tokens import selectors, services
from auth_project.tokens.models import MOST_SESSIONS, Session
from auth_project.tokens.services import Device, end_others, refresh, start_session
from shared.problems import TokenRevoked
from shared.wire import timestamp
from tests.auth.conftest import access_claims, sign_in
from tests.auth.explain import plan_of
from tests.auth.fakes import NOW, make_user

SESSIONS, ME = "/api/v1/auth/sessions", "/api/v1/users/me"


def sid(signed_in) -> str:
    return access_claims(signed_in)["sid"]


def events() -> list[tuple[str, str]]:
    return [(event.type, event.data.get("session_id", "")) for event in OutboxEvent.objects.order_by("sequence")]


@pytest.mark.asvs("7.5.2")
def test_the_list_shows_each_session_and_which_one_asks(ada):
    phone = start_session(user=ada.user, device=Device(ip="2001:db8::1", user_agent="phone"), now=timezone.now())

    response = ada.api.get(SESSIONS)

    newest, oldest = Session.objects.order_by("-created_at")
    assert response.status_code == 200
    assert response.json() == {
        "results": [
            {
                "id": newest.pk,
                "created_at": timestamp(newest.created_at),
                "last_used_at": timestamp(newest.last_used_at),
                "ip": "2001:db8::1",
                "user_agent": "phone",
                "current": False,
            },
            {
                "id": oldest.pk,
                "created_at": timestamp(oldest.created_at),
                "last_used_at": timestamp(oldest.last_used_at),
                "ip": "127.0.0.1",
                "user_agent": "pytest",
                "current": True,
            },
        ],
        "next": None,
        "previous": None,
    }
    assert response["Cache-Control"] == "no-store"
    for secret in (phone.refresh, newest.token_hash, ada.tokens.refresh):
        assert secret not in response.content.decode()


def test_pages_have_every_session_once_both_ways(ada):
    for _ in range(6):
        start_session(user=ada.user, device=Device(ip=None, user_agent=""), now=NOW + timedelta(days=1))
    now = {"limit": 3}
    pages, url = [], f"{SESSIONS}?limit={now['limit']}"
    while url:
        pages.append(ada.api.get(url).json())
        url = pages[-1]["next"]

    ids = [session["id"] for page in pages for session in page["results"]]
    assert [len(page["results"]) for page in pages] == [3, 3, 1]
    assert len(set(ids)) == 7
    back = ada.api.get(pages[-1]["previous"]).json()
    assert back["results"] == pages[-2]["results"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", "limit=1&limit=2"])
def test_a_bad_page_is_refused(ada, query):
    assert ada.api.get(f"{SESSIONS}?{query}").status_code == 400


def test_what_is_over_is_not_listed(ada):
    now, device = timezone.now(), Device(ip=None, user_agent="")
    for age in (timedelta(days=14), timedelta(days=90)):
        start_session(user=ada.user, device=device, now=now - age)
    ended = sign_in(ada.user)
    ended.api.post("/api/v1/auth/logout")
    User.objects.update(valid_after=now - timedelta(days=1))
    start_session(user=ada.user, device=device, now=now - timedelta(days=2))

    assert [session["id"] for session in ada.api.get(SESSIONS).json()["results"]] == [sid(ada)]


@pytest.mark.asvs("7.5.2", "8.2.2")
def test_nobody_sees_somebody_elses_sessions(ada):
    eve = sign_in(make_user("eve"))

    assert [session["id"] for session in eve.api.get(SESSIONS).json()["results"]] == [sid(eve)]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_sessions_need_a_token(api, method):
    response = api.send(method, SESSIONS, b"")

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


@pytest.mark.asvs("7.5.2", "10.4.9")
def test_one_session_is_ended_from_another(ada):
    phone = sign_in(ada.user)

    response = ada.api.delete(f"{SESSIONS}/{sid(phone)}")

    assert (response.status_code, response.content) == (204, b"")
    assert phone.api.get(ME).json()["code"] == "token_revoked"
    with pytest.raises(TokenRevoked):
        refresh(token=phone.tokens.refresh, now=timezone.now())
    assert ada.api.get(ME).status_code == 200
    assert events() == [("session.revoked", sid(phone))]
    assert Session.objects.get(pk=sid(phone)).end_reason == "by_user"


def test_one_may_end_the_session_that_asks(ada):
    assert ada.api.delete(f"{SESSIONS}/{sid(ada)}").status_code == 204
    assert ada.api.get(ME).json()["code"] == "token_revoked"


@pytest.mark.parametrize("what", ["foreign", "unknown", "over", "x" * 300, "$ne", "%00", "a/b"])
def test_a_session_that_is_not_there_is_not_found(ada, what):
    eve = sign_in(make_user("eve"))
    over = sign_in(ada.user)
    over.api.post("/api/v1/auth/logout")
    before = events()

    response = ada.api.delete(f"{SESSIONS}/{ {'foreign': sid(eve), 'over': sid(over)}.get(what, what) }")

    assert response.status_code in (400, 404)
    assert response["Content-Type"] == "application/problem+json"
    assert eve.api.get(ME).status_code == 200
    assert events() == before


@pytest.mark.asvs("8.2.2")
def test_foreign_and_unknown_sessions_look_the_same(ada):
    eve = sign_in(make_user("eve"))

    foreign, unknown = (ada.api.delete(f"{SESSIONS}/{one}") for one in (sid(eve), "A" * 22))

    assert foreign.status_code == unknown.status_code == 404
    different = {"request_id": "", "instance": ""}
    assert foreign.json() | different == unknown.json() | different


@pytest.mark.asvs("7.5.2", "7.4.3", "10.4.9")
def test_all_others_are_ended_at_once(ada):
    others = [sign_in(ada.user) for _ in range(3)]
    eve = sign_in(make_user("eve"))

    response = ada.api.delete(SESSIONS)

    assert (response.status_code, response.content) == (204, b"")
    assert [one.api.get(ME).status_code for one in (*others, ada, eve)] == [401, 401, 401, 200, 200]
    assert sorted(events()) == sorted(("session.revoked", sid(one)) for one in others)


def test_ending_everything_is_one_event(ada):
    sign_in(ada.user)

    end_others(user_id=ada.user.pk, keep=None, reason=Session.EndReason.BY_USER, now=timezone.now())

    assert [name for name, _ in events()] == ["tokens.revoked"]
    assert ada.api.get(ME).json()["code"] == "token_revoked"
    assert sign_in(User.objects.get()).api.get(ME).status_code == 200


def test_ending_all_others_twice_at_once_tells_posts_once_of_each(ada):
    others = [sign_in(ada.user) for _ in range(3)]

    def end(_: int) -> int:
        try:
            return ada.api.delete(SESSIONS).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(end, range(4))) == [204] * 4

    assert sorted(events()) == sorted(("session.revoked", sid(one)) for one in others)


def test_the_fifty_first_session_ends_the_oldest():
    user = make_user("ada")
    for n in range(MOST_SESSIONS):
        started = start_session(user=user, device=Device(ip=None, user_agent=str(n)), now=NOW + timedelta(seconds=n))
    assert events() == []

    start_session(user=user, device=Device(ip=None, user_agent="new"), now=NOW + timedelta(hours=1))

    (over,) = Session.objects.exclude(ended_at=None)
    assert (over.user_agent, over.end_reason) == ("0", "too_many")
    assert events() == [("session.revoked", over.pk)]
    assert selectors.live_sessions(user, now=NOW + timedelta(hours=1)).count() == MOST_SESSIONS
    assert started.refresh


def test_many_who_sign_in_at_once_leave_fifty(settings):
    user = make_user("ada")
    for n in range(45):
        start_session(user=user, device=Device(ip=None, user_agent=""), now=NOW + timedelta(seconds=n))
    barrier = threading.Barrier(16)

    def start(n: int) -> None:
        barrier.wait()
        try:
            start_session(user=user, device=Device(ip=None, user_agent=""), now=NOW + timedelta(hours=1, seconds=n))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(start, range(16)))

    live = selectors.live_sessions(user, now=NOW + timedelta(hours=2))
    assert live.count() == MOST_SESSIONS
    assert len(events()) == 11


def test_a_session_that_was_refreshed_stays_where_it_is_in_the_list(ada):
    later = sign_in(ada.user)
    services.refresh(token=ada.tokens.refresh, now=timezone.now())

    assert [session["id"] for session in ada.api.get(SESSIONS).json()["results"]] == [sid(later), sid(ada)]


def test_look_ups_examine_no_more_than_they_find(ada):
    for n in range(20):
        sign_in(make_user(f"user{n}"))
    for _ in range(3):
        sign_in(ada.user)

    stages, examined = plan_of(Session.objects.filter(pk=sid(ada)))
    list_stages, list_examined = plan_of(selectors.live_sessions(ada.user, now=timezone.now()))

    assert "COLLSCAN" not in stages | list_stages
    assert (examined, list_examined) == (1, 4)
    assert "SORT" not in list_stages
