"""Look-ups that stay fast at any number of users, and what a user may do."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet

from auth_project.accounts import selectors
from auth_project.accounts.models import User
from tests.auth.explain import plan_of
from tests.auth.fakes import NOW, make_user


@pytest.mark.parametrize("column", ["pk", "username_ci", "email_ci"])
def test_each_look_up_examines_one_document(column):
    for name in ("ada", "bob", "eve", "joe", "kim"):
        make_user(name)
    eve = selectors.by_username("eve")

    stages, examined = plan_of(User.objects.filter(**{column: getattr(eve, column)}))

    assert examined == 1
    assert "COLLSCAN" not in stages
    assert stages & {"IXSCAN", "IDHACK", "EXPRESS_IXSCAN"}


@pytest.mark.parametrize(
    "queryset", [User.objects.filter(username_ci__in=["ada", "bob"]), User.objects.filter(pk__in=[1])]
)
def test_batched_look_ups_use_an_index(queryset: QuerySet):
    for name in ("ada", "bob", "eve"):
        make_user(name)

    stages, examined = plan_of(queryset)

    assert "COLLSCAN" not in stages
    assert examined <= 2


@pytest.mark.parametrize("column", ["username_ci", "email_ci"])
def test_the_database_keeps_names_and_addresses_unique(column):
    ada = make_user("ada")
    eve = make_user("eve")

    with pytest.raises(IntegrityError):
        User.objects.filter(pk=eve.pk).update(**{column: getattr(ada, column)})


@pytest.mark.asvs("1.2.4")
def test_values_that_look_like_operators_are_stored_to_the_letter():
    ada = make_user("ada", display_name="$username", bio='{"$gt": ""}')

    User.objects.filter(pk=ada.pk).update(display_name="$email")

    ada.refresh_from_db()
    assert (ada.display_name, ada.bio) == ("$email", '{"$gt": ""}')


@pytest.mark.parametrize("login", [".*", "^a", "a.a", '{"$ne": ""}', "$where", "ad\\w"])
@pytest.mark.asvs("1.2.9")
def test_a_login_is_never_a_pattern(login):
    make_user("ada")

    assert selectors.by_login(login) is None


def test_a_login_is_a_name_or_an_address_in_any_spelling():
    ada = make_user("ada", email="Ada.L@Example.com")

    for login in ("ada", "ADA", "ａｄａ", "ada.l@example.COM", "ADA.L@EXAMPLE.COM"):
        assert selectors.by_login(login) == ada


def test_sessions_born_before_valid_after_are_over():
    ada = make_user("ada", valid_after=NOW)

    assert not ada.accepts_session(born_at=NOW - timedelta(milliseconds=1))
    assert ada.accepts_session(born_at=NOW)


def test_a_suspended_user_accepts_no_session():
    ada = make_user("ada", status=User.Status.SUSPENDED)

    assert not ada.accepts_session(born_at=NOW)


@pytest.mark.asvs("8.2.1")
def test_staff_may_look_and_administrators_may_change():
    staff, administrator, person = make_user("sam", is_staff=True), make_user("al", is_superuser=True), make_user("ada")

    assert staff.has_perm("accounts.view_user")
    assert not staff.has_perm("accounts.change_user")
    assert administrator.has_perm("accounts.change_user")
    assert not person.has_perm("accounts.view_user")
    assert [one.roles for one in (staff, administrator, person)] == [["staff"], ["admin"], []]
