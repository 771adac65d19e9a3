from rest_framework import serializers

from shared.events import MAX_BATCH
from shared.serializers import Input, Output


class EventsInput(Input):
    """A batch. What each event must look like is `shared.events`' to say: one bad event must not refuse its batch."""

    events = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=MAX_BATCH)


class EventResultOutput(Output):
    id = serializers.CharField()
    status = serializers.ChoiceField(choices=["applied", "duplicate", "stale", "rejected"])
    reason = serializers.CharField(required=False)


class EventResultsOutput(Output):
    results = EventResultOutput(many=True)
