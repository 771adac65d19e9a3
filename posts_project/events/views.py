"""What Auth delivers."""

from posts_project.authentication import AuthServiceAuthentication
from posts_project.events import services
from shared import inbox_view


class InboxView(inbox_view.InboxView):
    authentication_classes = [AuthServiceAuthentication]
    receive = services.receive
