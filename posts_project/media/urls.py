from posts_project.media.views import FileView, MediaView, MediumView
from shared.urls import api

urlpatterns = [
    api("api/v1/media", MediaView.as_view(), name="media"),
    api("api/v1/media/<media_id>", MediumView.as_view(), name="medium"),
    api("media/<name>", FileView.as_view(), name="media-file"),
]
