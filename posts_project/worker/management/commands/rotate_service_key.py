"""`manage_posts.py rotate_service_key begin | switch | finish | all`: another key for calls to Auth."""

from django.conf import settings

from posts_project.auth_client import takes
from posts_project.moderation.management.operators import OperatorCommand
from shared.service_key_rotation import HELP, ServiceKeyCommand


class Command(ServiceKeyCommand, OperatorCommand):
    peer = "Auth"
    help = HELP.format(peer=peer)
    examples = ServiceKeyCommand.examples.format(own="posts")
    key_file = settings.POSTS_SERVICE_KEY_FILE
    takes = staticmethod(takes)
