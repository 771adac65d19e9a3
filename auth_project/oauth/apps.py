from django.apps import AppConfig


class OAuthConfig(AppConfig):
    name = "auth_project.oauth"
