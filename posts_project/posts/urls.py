from posts_project.posts.mark_views import (
    BookmarksView,
    BookmarkView,
    LikesOfPostView,
    LikesView,
    LikeView,
    MuteThreadView,
    PinView,
    RepostsOfPostView,
    RepostView,
    VoteView,
)
from posts_project.posts.thread_views import HistoryView, QuotesView, RepliesView, ThreadView
from posts_project.posts.views import PostView
from shared.urls import api

urlpatterns = [
    api("api/v1/posts/<post_id>", PostView.as_view(), name="post"),
    api("api/v1/posts/<post_id>/like", LikeView.as_view(), name="like"),
    api("api/v1/posts/<post_id>/repost", RepostView.as_view(), name="repost"),
    api("api/v1/posts/<post_id>/bookmark", BookmarkView.as_view(), name="bookmark"),
    api("api/v1/posts/<post_id>/pin", PinView.as_view(), name="pin"),
    api("api/v1/posts/<post_id>/vote", VoteView.as_view(), name="vote"),
    api("api/v1/posts/<post_id>/mute", MuteThreadView.as_view(), name="mute-thread"),
    api("api/v1/posts/<post_id>/likes", LikesOfPostView.as_view(), name="post-likes"),
    api("api/v1/posts/<post_id>/reposts", RepostsOfPostView.as_view(), name="post-reposts"),
    api("api/v1/posts/<post_id>/thread", ThreadView.as_view(), name="thread"),
    api("api/v1/posts/<post_id>/replies", RepliesView.as_view(), name="replies"),
    api("api/v1/posts/<post_id>/quotes", QuotesView.as_view(), name="quotes"),
    api("api/v1/posts/<post_id>/history", HistoryView.as_view(), name="history"),
    api("api/v1/bookmarks", BookmarksView.as_view(), name="bookmarks"),
    api("api/v1/likes", LikesView.as_view(), name="likes"),
]
