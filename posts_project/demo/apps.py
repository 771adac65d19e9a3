from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "posts_project.demo"
