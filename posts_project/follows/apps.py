from django.apps import AppConfig


class FollowsConfig(AppConfig):
    name = "posts_project.follows"
