from django.apps import AppConfig


class ThrottlingConfig(AppConfig):
    name = "posts_project.throttling"
