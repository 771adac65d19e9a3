from django.apps import AppConfig


class TrendsConfig(AppConfig):
    name = "posts_project.trends"
