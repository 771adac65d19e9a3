from django.urls import URLPattern

from auth_project.audit.views import AuditView
from shared.urls import api

urlpatterns: list[URLPattern] = [api("api/v1/auth/audit", AuditView.as_view(), name="audit")]
