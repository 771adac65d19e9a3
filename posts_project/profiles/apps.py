from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "posts_project.profiles"
