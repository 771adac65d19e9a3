"""Quotas: told ahead, counted by who calls, refused beyond."""

from datetime import timedelta

import pytest
import time_machine

from shared.rate_limits import Quota, counter_key, network_of
from tests.shared import urls
from tests.shared.memory_counters import store

PATH = "/api/v1/limited"
NOW = "2026-11-22T09:30:00Z"


@pytest.fixture(autouse=True)
def nothing_has_happened():
    urls.effects.clear()
    store.windows.clear()


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def call(client, *, address="192.0.2.1", token=None, body=b"{}", **headers):
    headers |= {"authorization": f"Bearer {token}"} if token else {}
    return client.generic("POST", PATH, body, "application/json", REMOTE_ADDR=address, headers=headers)


def test_what_is_left_is_told_ahead(client):
    response = call(client)

    assert response.status_code == 201
    assert response["RateLimit-Policy"] == '"bursts";q=3;w=60, "hourly";q=2;w=3600'
    assert response["RateLimit"] == '"bursts";r=2;t=60, "hourly";r=1;t=3600'
    assert "Retry-After" not in response


@pytest.mark.asvs("2.4.1")
def test_one_call_too_many_is_refused_until_the_window_is_over(client, clock):
    assert [call(client).status_code for _ in range(2)] == [201, 201]
    clock.shift(timedelta(minutes=10))

    response = call(client)

    assert (response.status_code, response.json()["code"]) == (429, "throttled")
    assert response["Content-Type"] == "application/problem+json"
    assert response["Retry-After"] == "3000"
    assert response["RateLimit"] == '"bursts";r=2;t=60, "hourly";r=0;t=3000'
    assert len(urls.effects) == 2
    clock.shift(timedelta(seconds=3_000))
    assert call(client).status_code == 201


def test_the_longest_wait_counts(client):
    for _ in range(3):
        call(client)

    assert call(client)["Retry-After"] == "3600"


def test_addresses_have_budgets_of_their_own(client):
    for _ in range(3):
        call(client)

    assert call(client, address="192.0.2.2").status_code == 201


def test_a_user_has_one_budget_wherever_they_are(client, sign, access_claims, clock):
    with time_machine.travel(access_claims["iat"], tick=False):
        token = sign(access_claims)
        statuses = [call(client, address=f"192.0.2.{n}", token=token).status_code for n in range(3)]

        assert statuses == [201, 201, 429]
        assert call(client).status_code == 201


def test_other_methods_are_free(client):
    for _ in range(9):
        response = client.get(PATH)

    assert response.status_code == 200
    assert "RateLimit" not in response


def test_a_head_costs_what_its_get_costs(client, monkeypatch):
    monkeypatch.setattr(urls.LimitedView, "quotas", {"GET": [Quota(name="reads", limit=1, window_seconds=60)]})

    assert [client.head(PATH).status_code, client.get(PATH).status_code] == [200, 429]


def test_a_malformed_call_counts_too(client):
    assert call(client, body=b"{").status_code == 400

    assert call(client)["RateLimit"].startswith('"bursts";r=1')


def test_a_repeated_key_counts_but_has_no_effect_and_a_refusal_is_not_remembered(client, clock):
    for _ in range(3):
        last = call(client, **{"Idempotency-Key": "one"})
    assert (last.status_code, len(urls.effects)) == (429, 1)

    clock.shift(timedelta(hours=1))

    again = call(client, **{"Idempotency-Key": "one"})
    assert (again.status_code, again["Idempotency-Replayed"], len(urls.effects)) == (201, "true", 1)


def test_limits_are_scaled(client, settings):
    settings.RATE_LIMIT_SCALE = 100

    assert call(client)["RateLimit-Policy"] == '"bursts";q=300;w=60, "hourly";q=200;w=3600'


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_health_is_never_limited(client, path):
    answers = {client.get(path).status_code for _ in range(50)}

    assert answers == {200}
    assert store.windows == {}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        (None, ""),
        ("unix:", ""),
    ],
)
def test_what_one_subscriber_has_counts_as_one_address(address, network):
    assert network_of(address) == network


def test_a_key_tells_neither_name_nor_address():
    key = counter_key("login", "ada", "192.0.2.1")

    assert key.startswith("login ")
    assert "ada" not in key
    assert "192" not in key
    assert key != counter_key("login", "ada1", "92.0.2.1")


def test_a_quota_is_per_address_unless_it_says_otherwise():
    assert Quota(name="x", limit=1, window_seconds=1).per == "address"
