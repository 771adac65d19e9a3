from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "posts_project.feeds"
