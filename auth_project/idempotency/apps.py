from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "auth_project.idempotency"
