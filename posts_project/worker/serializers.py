from rest_framework import serializers

from shared.fields import IdField, TextField
from shared.serializers import Input, Output

LONGEST_CURSOR = 500


class ExportInput(Input):
    """Null begins."""

    user_id = IdField()
    cursor = TextField(max_length=LONGEST_CURSOR, allow_null=True)


class ExportedFileOutput(Output):
    name = serializers.CharField()
    about = serializers.CharField()
    content = serializers.ListField(child=serializers.DictField())


class ExportOutput(Output):
    files = ExportedFileOutput(many=True)
    next = serializers.CharField(allow_null=True)
