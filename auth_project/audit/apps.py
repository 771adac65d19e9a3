from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "auth_project.audit"
