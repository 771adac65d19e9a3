from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "posts_project.media"
