from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "auth_project.worker"
