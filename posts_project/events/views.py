"""`POST /internal/v1/events`: Auth's deliveries, with Auth's service token only."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from prometheus_client import Counter
from rest_framework.request import Request
from rest_framework.response import Response

from posts_project.authentication import AuthServiceAuthentication
from posts_project.events import services
from posts_project.events.serializers import EventResultsOutput, EventsInput
from shared.events import EVENT_STATUSES
from shared.service_tokens import IsPeerService
from shared.views import ApiView

RECEIVED = Counter("inbox_events_total", "Events that Auth delivered, by what was made of them", ["result"])
for _status in EVENT_STATUSES:
    RECEIVED.labels(_status)


class InboxView(ApiView):
    authentication_classes = [AuthServiceAuthentication]
    permission_classes = [IsPeerService]
    throttle_classes: list[type] = []

    @extend_schema(request=EventsInput, responses=EventResultsOutput, exclude=True)
    def post(self, request: Request) -> Response:
        batch = EventsInput(data=request.data)
        batch.is_valid(raise_exception=True)
        results = services.receive(batch.validated_data["events"], now=timezone.now())
        for result in results:
            RECEIVED.labels(result.status).inc()
        return Response({"results": [result.to_json() for result in results]})
