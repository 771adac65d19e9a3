from django.apps import AppConfig


class SigningKeysConfig(AppConfig):
    name = "auth_project.signing_keys"
