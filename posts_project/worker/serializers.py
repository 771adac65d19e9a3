from rest_framework import serializers

from shared.fields import IdField, IntegerField, TextField
from shared.serializers import Input, Output

LONGEST_CURSOR = 500
LARGEST_OFFSET = 2**31 - 1


class ExportInput(Input):
    """Null begins."""

    user_id = IdField()
    cursor = TextField(max_length=LONGEST_CURSOR, allow_null=True)


class ExportedFileOutput(Output):
    name = serializers.CharField()
    about = serializers.CharField()
    content = serializers.ListField(child=serializers.DictField())


class ExportedPictureOutput(Output):
    id = IdField()
    name = serializers.CharField()


class ExportOutput(Output):
    files = ExportedFileOutput(many=True)
    pictures = ExportedPictureOutput(many=True)
    next = serializers.CharField(allow_null=True)


class PictureInput(Input):
    user_id = IdField()
    picture_id = IdField()
    offset = IntegerField(min_value=0, max_value=LARGEST_OFFSET)


class PictureOutput(Output):
    content = serializers.CharField(help_text="base64")
    next = serializers.IntegerField(allow_null=True)
