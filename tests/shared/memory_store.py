"""An idempotency store in memory, as the services' own are on their databases."""

from collections.abc import Callable

from django.http import HttpResponse

from shared.idempotency import Call, InProgress, KeyReused, StoredAnswer, stored


class MemoryStore:
    def __init__(self) -> None:
        self.answers: dict[tuple[int, str], tuple[str, StoredAnswer]] = {}
        self.at_work: set[tuple[int, str]] = set()
        self.secrets: list[bool] = []

    def once(self, call: Call, work: Callable[[], HttpResponse], *, secret: bool) -> HttpResponse:
        self.secrets.append(secret)
        name = (call.actor, call.key)
        if name in self.at_work:
            raise InProgress
        if name in self.answers:
            fingerprint, answer = self.answers[name]
            if fingerprint != call.fingerprint:
                raise KeyReused
            return answer.response()
        response = work()
        self.remember(call, stored(response))
        return response

    def remember(self, call: Call, answer: StoredAnswer) -> None:
        self.answers[call.actor, call.key] = (call.fingerprint, answer)


store = MemoryStore()
