import re

import pytest

from auth_project.accounts import names


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("Ada", "ada"),
        ("ＡＤＡ", "ada"),
        ("ﬁn", "fin"),
        ("Straße", "strasse"),
        ("K", "k"),
        ("İ", "i̇"),
        ("ada_1", "ada_1"),
    ],
)
def test_names_are_compared_after_nfkc_and_casefold(typed, normal):
    assert names.normalise(typed) == normal
    assert names.normalise(normal) == normal


@pytest.mark.parametrize(
    "name", ["admin", "adm1n", "adrnin", "a_dmin", "supp0rt", "r00t", "rnoderator", "m0d", "0wner"]
)
def test_names_that_would_pass_for_the_service_are_reserved(name):
    assert names.is_reserved(name)


@pytest.mark.parametrize("name", ["ada", "adam", "roots", "administratrix", "summer"])
def test_names_that_merely_contain_one_are_not(name):
    assert not names.is_reserved(name)


def test_of_a_retired_name_only_a_keyed_hash_is_known(settings):
    kept = names.retired_id("ada")

    # Hexadecimal digits, among which there may well be an "ada".
    assert re.fullmatch(r"[0-9a-f]{64}", kept)
    assert names.retired_id("ＡＤＡ") == kept
    settings.RETIRED_NAMES_KEY = "another key" * 5
    assert names.retired_id("ada") != kept


@pytest.mark.parametrize("name", ["ad", "a" * 31, "ada-l", "ada.l", "ада", "ada\n", "ada l", "", "ada\x00", "i̇da"])
def test_other_characters_and_lengths_are_no_username(name):
    assert not names.is_username(name)
