"""What the views of this app have in common."""

from dataclasses import asdict
from datetime import datetime

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts.models import User
from auth_project.accounts.services import deactivation
from auth_project.acting import user_agent
from auth_project.tokens import services
from auth_project.tokens.services import Device, Method
from shared.rate_limits import Quota
from shared.views import ApiView

LOGINS = Quota(name="login", limit=300, window_seconds=900)


class OpenView(ApiView):
    """For those who have no token yet, or only an old one: what `Authorization` says is not even read."""

    authentication_classes = []
    permission_classes = [AllowAny]


def tokens_for(user: User, request: Request, *, now: datetime, method: Method = "password") -> Response:
    """The answer to whoever has shown to be `user`; who had left for a while is back with that."""
    if user.status == User.Status.DEACTIVATED:
        deactivation.reactivate(user_id=user.pk)
    return Response(asdict(services.start_session(user=user, device=device(request), now=now, method=method)))


def device(request: Request) -> Device:
    """Where the request comes from, as the list of sessions shows it."""
    return Device(ip=request.META.get("REMOTE_ADDR") or None, user_agent=user_agent(request))
