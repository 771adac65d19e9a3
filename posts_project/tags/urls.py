from posts_project.tags.views import FollowedTagsView, FollowTagView
from shared.urls import api

urlpatterns = [
    api("api/v1/tags/followed", FollowedTagsView.as_view(), name="followed-tags"),
    api("api/v1/tags/<tag>/follow", FollowTagView.as_view(), name="follow-tag"),
]
