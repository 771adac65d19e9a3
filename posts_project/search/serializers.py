"""What is found, for the OpenAPI document; the answers themselves come ready from the selectors."""

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from posts_project.posts.serializers import PostOutput
from posts_project.profiles.serializers import ProfileShort
from shared.serializers import Output


class TagName(Output):
    name = serializers.CharField()


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="Found",
        serializers=[PostOutput, ProfileShort, TagName],
        resource_type_field_name=None,
        many=True,
    )
)
class FoundField(serializers.ListField):
    pass


class SearchPage(Output):
    """All of one kind: posts, profiles in their short shape, or tags."""

    results = FoundField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
