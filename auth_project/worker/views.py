"""What Posts delivers."""

from auth_project.posts_client import PostsAuthentication
from auth_project.worker import inbox
from shared import inbox_view


class InboxView(inbox_view.InboxView):
    authentication_classes = [PostsAuthentication]
    receive = inbox.receive
