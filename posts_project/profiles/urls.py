from posts_project.profiles.views import ProfilesView, ProfileView
from shared.urls import api

urlpatterns = [
    api("api/v1/profiles", ProfilesView.as_view(), name="profiles"),
    api("api/v1/profiles/<username>", ProfileView.as_view(), name="profile"),
]
