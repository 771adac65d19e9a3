from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "posts_project.imports"
