from django.apps import AppConfig

from posts_project.events import registry


class WorkerConfig(AppConfig):
    name = "posts_project.worker"

    def ready(self) -> None:
        from posts_project.worker.subscriptions import SUBSCRIBERS  # noqa: PLC0415 - models exist only now

        registry.wire(SUBSCRIBERS)
