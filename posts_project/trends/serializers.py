"""Shapes for the OpenAPI document; the answers themselves come ready from the selectors."""

from rest_framework import serializers

from shared.serializers import Output


class TrendOutput(Output):
    """`posts` and `authors` are those of the last two days, as they were counted within the last minutes."""

    name = serializers.CharField()
    posts = serializers.IntegerField()
    authors = serializers.IntegerField()
