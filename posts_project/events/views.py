"""`POST /internal/v1/events`: Auth's deliveries, with Auth's service token only."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from posts_project.authentication import AuthServiceAuthentication
from posts_project.events import services
from shared.inbox import EventResultsOutput, EventsInput
from shared.service_tokens import IsPeerService
from shared.views import ApiView


class InboxView(ApiView):
    authentication_classes = [AuthServiceAuthentication]
    permission_classes = [IsPeerService]
    throttle_classes: list[type] = []

    @extend_schema(request=EventsInput, responses=EventResultsOutput, exclude=True)
    def post(self, request: Request) -> Response:
        batch = EventsInput(data=request.data)
        batch.is_valid(raise_exception=True)
        results = services.receive(batch.validated_data["events"], now=timezone.now())
        return Response({"results": [result.to_json() for result in results]})
