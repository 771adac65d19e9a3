from django.urls import URLPattern

from auth_project.worker.views import InboxView
from shared.urls import api

urlpatterns: list[URLPattern] = [api("internal/v1/events", InboxView.as_view(), name="events")]
