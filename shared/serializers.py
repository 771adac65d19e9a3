"""Bases of request and answer shapes: `Input` takes exactly what it declares, `Output` shows exactly that."""

from typing import Any

from rest_framework import serializers


class Input(serializers.Serializer):
    """A request body. A name that it does not declare, or declares read-only, is refused with `unknown_field`:
    a client's mistake is told, and no model field can be set by naming it (ASVS 15.3.3)."""

    default_error_messages = {"unknown_field": "This field is not known here."}

    def to_internal_value(self, data: Any) -> Any:
        known = {name for name, field in self.fields.items() if not field.read_only}
        unknown = [name for name in data if name not in known] if isinstance(data, dict) else []
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            # All faults of a body are told at once, so what the fields found travels with the unknown names.
            found = error.detail if isinstance(error.detail, dict) else {"body": error.detail}
            raise serializers.ValidationError({**found, **self._refusals(unknown)}) from error
        if unknown:
            raise serializers.ValidationError(self._refusals(unknown))
        return values

    def _refusals(self, names: list[str]) -> dict[str, list[serializers.ErrorDetail]]:
        message = str(self.error_messages["unknown_field"])
        return {name: [serializers.ErrorDetail(message, code="unknown_field")] for name in names}


class Output(serializers.Serializer):
    """An answer's shape; used to render plain pages and to describe hot ones in the OpenAPI document."""
