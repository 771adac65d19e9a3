"""MongoDB away is 503 with a time to come back, never a 500."""

import pytest
from django.db import DatabaseError, connection
from pymongo.errors import NetworkTimeout, OperationFailure, ServerSelectionTimeoutError

from auth_project.outages import is_outage
from tests.auth.conftest import Api
from tests.auth.fakes import EVERY_CALL_OF_MONGODB


def caused(cause: Exception) -> Exception:
    error = DatabaseError()
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [ServerSelectionTimeoutError("no primary"), caused(NetworkTimeout("slow")), caused(caused(NetworkTimeout("slow")))],
)
def test_a_server_that_cannot_be_reached_is_an_outage(error):
    assert is_outage(error)


@pytest.mark.parametrize("error", [ValueError(), DatabaseError(), OperationFailure("bad query"), caused(ValueError())])
def test_a_fault_of_ours_is_not(error):
    assert not is_outage(error)


@pytest.mark.parametrize("path", ["/api/v1/users/ada", "/api/v1/users/me"])
@pytest.mark.asvs("16.5.2", "16.5.3")
def test_reads_and_writes_answer_503_while_mongodb_is_away(ada, monkeypatch, path):
    def away(*_: object, **__: object) -> None:
        raise ServerSelectionTimeoutError("no primary")

    with monkeypatch.context() as patch:
        patch.setattr(EVERY_CALL_OF_MONGODB, away)
        response = Api(ada.tokens.access).get(path)

    assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")
    assert response["Retry-After"] == "2"
    assert connection.session is None
