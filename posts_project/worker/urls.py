from posts_project.worker.views import ExportsView
from shared.urls import api

urlpatterns = [api("internal/v1/exports", ExportsView.as_view(), name="exports")]
