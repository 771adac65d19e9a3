from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "auth_project.imports"
