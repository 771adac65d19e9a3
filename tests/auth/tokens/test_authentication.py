"""Whose token opens anything: only ours, in its time, of a session that lives. Forged ones: tests/auth/security."""

from datetime import timedelta

import pytest
from django.utils import timezone

from auth_project.accounts.models import User
from auth_project.tokens.models import Session
from tests.auth.conftest import Api, access_claims, sign, unix_now

ME = "/api/v1/users/me"


def test_a_token_of_the_right_kind_opens(ada):
    assert Api(sign(access_claims(ada))).get(ME).status_code == 200


def test_a_token_is_taken_ten_seconds_past_its_time_and_no_longer(ada):
    begun = unix_now() - 300
    late, too_late = (access_claims(ada, iat=begun, nbf=begun, exp=unix_now() - seconds) for seconds in (5, 11))

    assert Api(sign(late)).get(ME).status_code == 200
    response = Api(sign(too_late)).get(ME)
    assert (response.status_code, response.json()["code"]) == (401, "token_expired")


@pytest.mark.parametrize(
    "change",
    [
        {"status": User.Status.SUSPENDED},
        {"status": User.Status.DEACTIVATED},
        {"valid_after": timezone.now() + timedelta(days=1)},
    ],
)
def test_a_token_dies_with_its_users_right_to_sign_in(ada, change):
    User.objects.filter(pk=ada.user.pk).update(**change)

    response = ada.api.get(ME)

    assert (response.status_code, response.json()["code"]) == (401, "token_revoked")


def test_a_token_dies_with_its_session(ada):
    Session.objects.all().delete()

    assert ada.api.get(ME).json()["code"] == "token_revoked"


@pytest.mark.parametrize("header", ["Basic YWRhOmFkYQ==", "Bearer", "Bearer a b", "token"])
def test_another_scheme_is_refused(api, header):
    response = api.get(ME, Authorization=header)

    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
