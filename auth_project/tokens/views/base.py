"""What the views of this app have in common."""

from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from auth_project.tokens.services import Device
from shared.views import ApiView


class OpenView(ApiView):
    """For those who have no token yet, or only an old one: what `Authorization` says is not even read."""

    authentication_classes = []
    permission_classes = [AllowAny]


def device(request: Request) -> Device:
    """Where the request comes from, as the list of sessions shows it."""
    user_agent = "".join(filter(str.isprintable, request.headers.get("User-Agent", "")))
    return Device(ip=request.META.get("REMOTE_ADDR") or None, user_agent=user_agent[:256])
