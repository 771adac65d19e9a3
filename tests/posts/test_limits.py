"""Every operation that writes has a budget, and docs/limits.md says which."""

from collections import Counter

import pytest

from tests.limits import declared, documented, quotas
from tests.operations import operations

UNSAFE = [operation for operation in operations("posts") if operation.method != "GET"]


@pytest.mark.asvs("2.4.1")
@pytest.mark.parametrize("operation", UNSAFE, ids=str)
def test_what_writes_has_a_budget_of_each_user(operation):
    assert {quota.per for quota in quotas(operation)} == {"user"}


def test_the_page_says_what_the_views_say():
    assert documented("posts") == declared("posts")


def test_a_budget_has_one_size():
    """Two quotas of one name would count in one window of two lengths."""
    assert max(Counter(quota.name for quota in declared("posts")).values()) == 1
