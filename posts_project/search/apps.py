from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "posts_project.search"
