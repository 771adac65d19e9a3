from django.apps import AppConfig


class FiltersConfig(AppConfig):
    name = "posts_project.filters"
