import os

import pytest

from shared import draining
from shared.draining import Drain


def test_nobody_is_told_anything_until_the_parent_says_so():
    assert draining.told() == ""

    with Drain():
        assert draining.told() == ""


def test_all_are_told_of_the_end():
    with Drain() as drain:
        drain.stop()

        assert draining.told() == "stopping"

    assert draining.told() == ""


def test_those_that_are_replaced_are_told_and_those_that_replace_them_are_not(monkeypatch: pytest.MonkeyPatch):
    with Drain() as drain:
        before = os.environ[draining.VARIABLE]
        drain.replace()

        assert draining.told() == ""
        monkeypatch.setenv(draining.VARIABLE, before)
        assert draining.told() == "replaced"


@pytest.mark.parametrize(("tell", "ready"), [(Drain.stop, 503), (Drain.replace, 200)])
def test_readiness_goes_only_where_nobody_comes_after(client, tell, ready):
    assert client.get("/readyz").status_code == 200
    with Drain() as drain:
        mark = os.environ[draining.VARIABLE]
        tell(drain)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(draining.VARIABLE, mark)
            response = client.get("/readyz")
            alive = client.get("/healthz")

    assert response.status_code == ready
    assert response.json()["checks"].get("serving") == ("failed" if ready == 503 else None)
    assert response["Connection"] == "close"
    assert alive.status_code == 200


def test_an_answer_of_a_process_that_stays_says_nothing_of_its_connection(client):
    assert "Connection" not in client.get("/healthz").headers
