from django.apps import AppConfig


class TagsConfig(AppConfig):
    name = "posts_project.tags"
