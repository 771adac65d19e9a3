"""What clients send and get."""

from rest_framework import serializers

from posts_project.lists.models import MAX_NAME
from shared.fields import IdField, TextField
from shared.serializers import Input, Output


class ListInput(Input):
    name = TextField(max_length=MAX_NAME)


class ListEdit(Input):
    """What is not named stays as it is."""

    name = TextField(max_length=MAX_NAME, required=False)


class ListOutput(Output):
    id = IdField()
    name = serializers.CharField()
