from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ModerationConfig(AppConfig):
    name = "posts_project.moderation"

    def ready(self) -> None:
        from posts_project.moderation.roles import grant  # noqa: PLC0415 - models exist only now

        post_migrate.connect(grant, sender=self)
