"""Passkeys in a real browser with an authenticator of its own (CDP's WebAuthn domain), on a page of `localhost`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.e2e.conftest import CHROMIUM, PASSWORD

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

# As a web client would do it: what the API answers goes to the browser as it is, and back.
PAGE = """<!doctype html><title>passkeys</title><script>
async function call(path, body, token) {
  const headers = {"Content-Type": "application/json"};
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(`/api/v1/auth${path}`, {method: "POST", headers, body: JSON.stringify(body)});
  return {status: response.status, body: await response.json()};
}
async function add(token) {
  const options = (await call("/passkeys/options", {}, token)).body;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({publicKey});
  return call("/passkeys", {credential: credential.toJSON(), name: "Chromium"}, token);
}
async function signIn(login) {
  const options = (await call("/login/passkey/options", login ? {login} : {})).body;
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({publicKey});
  return call("/login/passkey", {credential: credential.toJSON()});
}
</script>"""


@dataclass
class Client:
    page: Page
    devtools: CDPSession
    authenticator: str

    def run(self, function: str, argument: str = "") -> dict[str, Any]:
        return dict(self.page.evaluate(f"{function}({argument!r})"))

    def error(self, function: str, argument: str = "") -> str:
        script = f"{function}({argument!r}).then(() => 'none', error => error.name)"
        return str(self.page.evaluate(script))

    def verifies(self, does: bool) -> None:
        options = {"authenticatorId": self.authenticator, "isUserVerified": does}
        self.devtools.send("WebAuthn.setUserVerified", options)


@pytest.fixture
def client(browser: Browser, stack) -> Iterator[Client]:
    """The page at Auth's own port, and a device that knows its owner."""
    context = browser.new_context()
    page = context.new_page()
    address = f"http://localhost:{stack.auth_url.rpartition(':')[2]}/page"
    page.route(address, lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.goto(address)
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    yield Client(page, devtools, added["authenticatorId"])
    context.close()


def test_a_browser_adds_a_passkey_and_signs_in_with_it(client, ada):
    added = client.run("add", ada.access)
    assert (added["status"], added["body"]["name"], added["body"]["last_used_at"]) == (201, "Chromium", None)
    # The options tell the browser that there is one already.
    assert client.error("add", ada.access) == "InvalidStateError"

    for login in ("", ada.username):
        signed_in = client.run("signIn", login)
        assert signed_in["status"] == 200
        me = ada.api.call("GET", "/api/v1/users/me", token=signed_in["body"]["access"]).expect(200)
        assert me.body["username"] == ada.username

    client.verifies(False)
    assert client.error("signIn") == "NotAllowedError"
    client.verifies(True)
    ada.call("DELETE", f"/api/v1/auth/passkeys/{added['body']['id']}", {"password": PASSWORD}).expect(204)
    refused = client.run("signIn")
    assert (refused["status"], refused["body"]["code"]) == (401, "invalid_credentials")
