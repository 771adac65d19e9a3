from posts_project.worker.views import ExportedPictureView, ExportsView
from shared.urls import api

urlpatterns = [
    api("internal/v1/exports", ExportsView.as_view(), name="exports"),
    api("internal/v1/exports/pictures", ExportedPictureView.as_view(), name="exported-picture"),
]
