"""`POST /internal/v1/events`: Posts' deliveries, with Posts' service token only."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auth_project.accounts.views.internal import InternalView
from auth_project.worker import inbox
from shared.inbox import EventResultsOutput, EventsInput


class InboxView(InternalView):
    @extend_schema(request=EventsInput, responses=EventResultsOutput, exclude=True)
    def post(self, request: Request) -> Response:
        batch = EventsInput(data=request.data)
        batch.is_valid(raise_exception=True)
        results = inbox.receive(batch.validated_data["events"], now=timezone.now())
        return Response({"results": [result.to_json() for result in results]})
