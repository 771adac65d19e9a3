from django.apps import AppConfig


class StreamConfig(AppConfig):
    name = "posts_project.stream"
