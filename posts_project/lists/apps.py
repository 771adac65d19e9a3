from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "posts_project.lists"
