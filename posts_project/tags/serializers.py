"""What clients get."""

from rest_framework import serializers

from shared.serializers import Output


class TagRelation(Output):
    """A tag, named as it is compared, and whether the viewer follows it."""

    name = serializers.CharField()
    following = serializers.BooleanField()
