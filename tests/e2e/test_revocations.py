"""Whatever takes a right away in Auth: within a second Posts refuses a token that it has accepted and remembers."""

import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.public_api import Person, PublicApi
from tests.e2e.conftest import PASSWORD, eventually

NEW_PASSWORD = "eleven brave sparrows"
HOME = "/api/v1/timelines/home"
# A second is the promise; the half is for the machine that the test shares with five servers.
SECONDS = 1.5


@dataclass
class Place:
    """Somebody's account, with another session of theirs from which something may be done about the first."""

    person: Person
    other: Person
    manage: Callable[..., Any]
    mail: Path

    def by_other(self, method: str, path: str, body: Any = None, *, status: int = 204) -> Any:
        token = self.other.access
        return self.person.api.call(method, path, body, token=token).expect(status).body

    def logs_out(self) -> None:
        self.person.api.call("POST", "/api/v1/auth/logout", token=self.person.access).expect(204)

    def ends_that_session(self) -> None:
        sessions = self.by_other("GET", "/api/v1/auth/sessions", status=200)["results"]
        (session,) = [one["id"] for one in sessions if not one["current"]]
        self.by_other("DELETE", f"/api/v1/auth/sessions/{session}")

    def ends_all_others(self) -> None:
        self.by_other("DELETE", "/api/v1/auth/sessions")

    def changes_the_password(self) -> None:
        body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        self.by_other("POST", "/api/v1/auth/password/change", body)

    def resets_the_password(self) -> None:
        address = f"{self.person.username}@example.org"
        self.person.api.call("POST", "/api/v1/auth/password/reset", {"email": address}).expect(202)
        eventually(lambda: self._link_to(address), seconds=30)
        body = {"token": self._link_to(address), "new_password": NEW_PASSWORD}
        self.person.api.call("POST", "/api/v1/auth/password/reset/confirm", body).expect(204)

    def deactivates(self) -> None:
        self.by_other("POST", "/api/v1/users/me/deactivate", {"password": PASSWORD})

    def leaves_for_good(self) -> None:
        self.by_other("DELETE", "/api/v1/users/me", {"password": PASSWORD}, status=202)

    def is_suspended(self) -> None:
        assert self.manage("suspend_user", self.person.username, "--reason", "spam").returncode == 0

    def is_signed_out_by_staff(self) -> None:
        assert self.manage("end_sessions", self.person.username).returncode == 0

    def is_robbed_of_a_refresh_token(self) -> None:
        """Two uses later somebody comes with the first one."""
        first, api = self.person.refresh, self.person.api
        second = api.call("POST", "/api/v1/auth/refresh", {"refresh": first}).expect(200).body["refresh"]
        api.call("POST", "/api/v1/auth/refresh", {"refresh": second}).expect(200)
        assert api.call("POST", "/api/v1/auth/refresh", {"refresh": first}).expect(401).code == "token_reused"

    def becomes_staff(self) -> None:
        address = f"{self.person.username}@example.org"
        assert self.manage("create_staff", self.person.username, address, "--promote").returncode == 0

    def _link_to(self, address: str) -> str:
        for path in self.mail.glob("*.eml"):
            letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            found = re.search(r"reset\S*\?token=([\w-]+)", letter.get_body().get_content())
            if letter["To"] == address and found:
                return found[1]
        return ""


CAUSES = [
    Place.logs_out,
    Place.ends_that_session,
    Place.ends_all_others,
    Place.changes_the_password,
    Place.resets_the_password,
    Place.deactivates,
    Place.leaves_for_good,
    Place.is_suspended,
    Place.is_signed_out_by_staff,
    Place.is_robbed_of_a_refresh_token,
    Place.becomes_staff,
]


@pytest.fixture
def place(ada: Person, api: PublicApi, manage_auth: Callable[..., Any], stack: Any) -> Place:
    other = Person(api=api, username=ada.username, password=PASSWORD)
    other.sign_in()
    return Place(person=ada, other=other, manage=manage_auth, mail=stack.data_dir / "mail")


@pytest.mark.asvs("7.4.1", "7.4.2", "7.4.3", "7.4.5")
@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_a_token_that_posts_has_accepted_is_refused_within_a_second(
    cause: Callable[[Place], None], place: Place, api: PublicApi
) -> None:
    token = place.person.access
    # Also the cache of verified tokens has it now.
    for _ in range(3):
        assert api.call("GET", HOME, token=token).status == 200

    cause(place)

    assert eventually(lambda: api.call("GET", HOME, token=token).status == 401) < SECONDS
    assert api.call("GET", HOME, token=token).code == "token_revoked"
