"""`POST /internal/v1/events`: the other service's deliveries, with its service token only."""

from collections.abc import Callable
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from shared.events import EventResult
from shared.inbox import EventResultsOutput, EventsInput
from shared.service_tokens import IsPeerService
from shared.views import ApiView


class InboxView(ApiView):
    """A service adds whose tokens are taken (`authentication_classes`), and what is done with a batch.

    `receive(documents, now=…)` answers one result for each.
    """

    permission_classes = [IsPeerService]
    throttle_classes: list[type] = []
    receive: ClassVar[Callable[..., list[EventResult]]]

    @extend_schema(request=EventsInput, responses=EventResultsOutput, exclude=True)
    def post(self, request: Request) -> Response:
        batch = EventsInput(data=request.data)
        batch.is_valid(raise_exception=True)
        results = type(self).receive(batch.validated_data["events"], now=timezone.now())
        return Response({"results": [result.to_json() for result in results]})
