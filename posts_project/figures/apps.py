from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "posts_project.figures"
