from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "auth_project.staff"
