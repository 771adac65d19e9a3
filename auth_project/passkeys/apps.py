from django.apps import AppConfig


class PasskeysConfig(AppConfig):
    name = "auth_project.passkeys"
