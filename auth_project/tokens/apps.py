from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "auth_project.tokens"
