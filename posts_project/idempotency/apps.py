from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "posts_project.idempotency"
