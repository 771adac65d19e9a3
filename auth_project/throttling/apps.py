from django.apps import AppConfig


class ThrottlingConfig(AppConfig):
    name = "auth_project.throttling"
