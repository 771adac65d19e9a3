"""docs/limits.md says what the views and the limits on guesses say."""

from collections import Counter

import pytest

from auth_project.throttling import guesses
from auth_project.throttling.counters import Rule
from tests.limits import declared, documented, documented_guesses


@pytest.mark.asvs("2.4.1")
def test_the_page_says_what_the_views_say():
    assert documented("auth") == declared("auth")


def test_the_page_says_how_often_one_may_guess():
    rules = {rule for rule in vars(guesses).values() if isinstance(rule, Rule) and rule.limit}

    assert documented_guesses() == {(rule.name, rule.limit, int(rule.window.total_seconds())) for rule in rules}


def test_a_budget_has_one_size():
    """Two quotas of one name would count in one window of two lengths."""
    assert max(Counter(quota.name for quota in declared("auth")).values()) == 1
