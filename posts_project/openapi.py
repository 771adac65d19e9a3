"""Parameters and lists as the OpenAPI document shows them."""

import functools
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from shared.pagination import DEFAULT_LIMIT, MAX_LIMIT

PAGE_PARAMETERS = [
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        description="How many results a page has.",
    ),
    OpenApiParameter("cursor", OpenApiTypes.STR, description="From `next` or `previous` of this very list."),
]  # fmt: skip

IDS = OpenApiParameter("ids", OpenApiTypes.STR, required=True, description="Up to 100 ids, separated by commas.")
ETAG_PARAMETERS = [
    OpenApiParameter("If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="304 where it matches.")
]
MATCH_PARAMETERS = [
    OpenApiParameter("If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="412 where it does not match.")
]


@functools.cache  # one item, one component
def paged(item: type[serializers.Serializer]) -> Any:
    """A page of `item`s, newest first, with its neighbours' URLs (also in the `Link` header)."""
    return inline_serializer(
        f"{item.__name__}Page",
        {
            "results": item(many=True),
            "next": serializers.CharField(allow_null=True),
            "previous": serializers.CharField(allow_null=True),
        },
    )
