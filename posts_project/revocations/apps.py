from django.apps import AppConfig


class RevocationsConfig(AppConfig):
    name = "posts_project.revocations"
