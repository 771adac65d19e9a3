from posts_project.drafts.views import (
    DraftsView,
    DraftView,
    PostsView,
    PublishDraftView,
    ScheduledPostsView,
    ScheduledPostView,
)
from shared.urls import api

urlpatterns = [
    api("api/v1/posts", PostsView.as_view(), name="posts"),
    api("api/v1/drafts", DraftsView.as_view(), name="drafts"),
    api("api/v1/drafts/<draft_id>", DraftView.as_view(), name="draft"),
    api("api/v1/drafts/<draft_id>/publish", PublishDraftView.as_view(), name="publish-draft"),
    api("api/v1/scheduled", ScheduledPostsView.as_view(), name="scheduled-posts"),
    api("api/v1/scheduled/<scheduled_id>", ScheduledPostView.as_view(), name="scheduled-post"),
]
