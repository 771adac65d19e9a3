from posts_project.feeds.views import HomeView, ListTimelineView, ProfileTimelineView, PublicView, TagTimelineView
from shared.urls import api

urlpatterns = [
    api("api/v1/timelines/home", HomeView.as_view(), name="home-timeline"),
    api("api/v1/timelines/public", PublicView.as_view(), name="public-timeline"),
    api("api/v1/timelines/profiles/<username>", ProfileTimelineView.as_view(), name="profile-timeline"),
    api("api/v1/timelines/lists/<list_id>", ListTimelineView.as_view(), name="list-timeline"),
    api("api/v1/timelines/tags/<tag>", TagTimelineView.as_view(), name="tag-timeline"),
]
