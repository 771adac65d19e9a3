"""`manage_auth.py rotate_service_key begin | switch | finish | all`: another key for calls to Posts."""

from django.conf import settings

from auth_project.posts_client import takes
from auth_project.staff.commands import OperatorCommand
from shared.service_key_rotation import HELP, ServiceKeyCommand


class Command(ServiceKeyCommand, OperatorCommand):
    peer = "Posts"
    help = HELP.format(peer=peer)
    examples = ServiceKeyCommand.examples.format(own="auth")
    key_file = settings.AUTH_SERVICE_KEY_FILE
    takes = staticmethod(takes)
