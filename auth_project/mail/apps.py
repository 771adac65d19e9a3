from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "auth_project.mail"
