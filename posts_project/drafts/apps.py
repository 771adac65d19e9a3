from django.apps import AppConfig


class DraftsConfig(AppConfig):
    name = "posts_project.drafts"
