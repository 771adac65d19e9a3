from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "posts_project.notifications"
