from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "auth_project.figures"
