"""`/api/v1/tags/trending`: open to all."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request

from posts_project.openapi import PAGE_PARAMETERS, paged
from posts_project.pages import list_response
from posts_project.trends import selectors
from posts_project.trends.serializers import TrendOutput
from shared.bearer import viewer
from shared.pagination import Keyset
from shared.views import ApiView


class TrendingView(ApiView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="trending_tags", parameters=PAGE_PARAMETERS, responses=paged(TrendOutput))
    def get(self, request: Request) -> HttpResponse:
        """Up to a hundred tags that most people have used publicly of late, the most talked about first."""
        page: Keyset[str] = Keyset.from_request(request, scope="trending", positions=str)
        found = selectors.trends(page, viewer_id=viewer(request).user_id)
        return list_response(
            page.page(found, position=selectors.position),
            lambda row: {"name": row[2], "posts": row[3], "authors": row[4]},
        )
