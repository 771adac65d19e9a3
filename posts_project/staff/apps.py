from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "posts_project.staff"
    verbose_name = "Staff"
