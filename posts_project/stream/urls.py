from posts_project.stream.views import StreamView
from shared.urls import api

urlpatterns = [api("api/v1/stream", StreamView.as_view(), name="stream")]
