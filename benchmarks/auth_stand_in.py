"""In place of Auth, which Posts must not need: publishes the key of our tokens, and counts what it is asked."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.keys import key_set

KEYS = "/.well-known/jwks.json"
HEALTH = "/healthz"


class AuthStandIn:
    """`with AuthStandIn(port, key) as auth:` `auth.asked` counts by path."""

    def __init__(self, port: int, key: Ed25519PrivateKey) -> None:
        self.asked: Counter[str] = Counter()
        answers = {KEYS: key_set([key]), HEALTH: {"status": "ok"}}
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(answers, self.asked))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def look_ups(self) -> int:
        """How often it was asked anything but its keys and whether it is there."""
        return sum(times for path, times in self.asked.items() if path not in (KEYS, HEALTH))


def _handler(answers: dict[str, Any], asked: Counter[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            asked[path] += 1
            body = json.dumps(answers.get(path, {})).encode()
            self.send_response(200 if path in answers else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
