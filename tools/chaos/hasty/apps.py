"""Takes the retries away from a running Auth."""

from datetime import datetime
from typing import Any

from django.apps import AppConfig


class HastyConfig(AppConfig):
    name = "tools.chaos.hasty"

    def ready(self) -> None:
        from auth_project.events.outbox import MongoOutboxStore  # noqa: PLC0415 - models exist only now

        def give_up(store: MongoOutboxStore, claimed: Any, *, at: datetime, error: str) -> None:
            store.delivered([claimed.event.id], now=at)

        MongoOutboxStore.retry = give_up  # type: ignore[method-assign, assignment]
