from posts_project.follows.silence_views import BlocksView, BlockView, MutesView, MuteView
from posts_project.follows.views import (
    AcceptView,
    FollowersView,
    FollowingView,
    FollowRequestsView,
    FollowView,
    RejectView,
)
from shared.urls import api

urlpatterns = [
    api("api/v1/profiles/<username>/follow", FollowView.as_view(), name="follow"),
    api("api/v1/profiles/<username>/followers", FollowersView.as_view(), name="followers"),
    api("api/v1/profiles/<username>/following", FollowingView.as_view(), name="following"),
    api("api/v1/profiles/<username>/block", BlockView.as_view(), name="block"),
    api("api/v1/profiles/<username>/mute", MuteView.as_view(), name="mute"),
    api("api/v1/blocks", BlocksView.as_view(), name="blocks"),
    api("api/v1/mutes", MutesView.as_view(), name="mutes"),
    api("api/v1/follow-requests", FollowRequestsView.as_view(), name="follow-requests"),
    api("api/v1/follow-requests/<username>/accept", AcceptView.as_view(), name="accept-follow-request"),
    api("api/v1/follow-requests/<username>/reject", RejectView.as_view(), name="reject-follow-request"),
]
