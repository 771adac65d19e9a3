"""The shape of what people see of the audit."""

from rest_framework import serializers

from auth_project.acting import By
from auth_project.audit.events import Event, Outcome
from shared.fields import IdField, TimestampField
from shared.serializers import Output


class AuditEntryOutput(Output):
    id = IdField()
    type = serializers.ChoiceField(choices=Event.values)
    outcome = serializers.ChoiceField(choices=Outcome.values)
    created_at = TimestampField()
    by = serializers.ChoiceField(
        choices=By.values, help_text="`unknown`: somebody who said to be you, and could not show it."
    )
    ip = serializers.IPAddressField(allow_null=True, help_text="Null where it was neither you nor said to be.")
    user_agent = serializers.CharField(allow_blank=True)
    detail = serializers.DictField(child=serializers.CharField())


class AuditPageOutput(Output):
    results = AuditEntryOutput(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
