from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "posts_project.events"
