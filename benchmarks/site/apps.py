from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "benchmarks.site"
    label = "benchmarks"
