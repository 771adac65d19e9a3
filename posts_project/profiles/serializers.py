"""Shapes of profiles, for the OpenAPI document; the answers themselves come ready from `selectors`."""

from rest_framework import serializers

from shared.fields import IdField, TimestampField
from shared.serializers import Output


class ProfileShort(Output):
    id = IdField()
    username = serializers.CharField()
    display_name = serializers.CharField()
    avatar_url = serializers.CharField(allow_null=True)
    is_private = serializers.BooleanField()


class ProfileCounts(Output):
    posts = serializers.IntegerField()
    followers = serializers.IntegerField()
    following = serializers.IntegerField()


class ProfileRelation(Output):
    """How the viewer stands to the profile; all false without a token."""

    following = serializers.BooleanField()
    followed_by = serializers.BooleanField()
    requested = serializers.BooleanField()
    blocking = serializers.BooleanField()
    muting = serializers.BooleanField()


class ProfileWhole(ProfileShort):
    bio = serializers.CharField()
    created_at = TimestampField()
    counts = ProfileCounts()
    viewer = ProfileRelation()


class ProfileResults(Output):
    results = ProfileWhole(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
