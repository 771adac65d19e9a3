"""What a page of twenty posts costs elsewhere: as little as Django can do, and as it is usually written with DRF."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny

from posts_project import sql
from posts_project.feeds.models import TimelineEntry
from posts_project.posts.models import Post, PostCount
from posts_project.profiles.models import Profile
from shared.wire import dumps

PAGE = 20

_COLUMNS = ("id", "author_id", "text", "visibility", "reply_policy", "in_reply_to_id", "sensitive", "language")
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM post WHERE id < %(before)s ORDER BY id DESC LIMIT {PAGE}"


def bare(request: HttpRequest) -> HttpResponse:
    """One prepared SELECT of twenty rows by primary key, and orjson."""
    found = sql.rows(_SELECT, {"before": int(request.GET["before"])})
    body = dumps({"results": [dict(zip(_COLUMNS, row, strict=True)) for row in found]})
    return HttpResponse(body, content_type="application/json", headers={"Content-Length": str(len(body))})


class AuthorSerializer(serializers.ModelSerializer[Profile]):
    class Meta:
        model = Profile
        fields = ["id", "username", "display_name", "avatar_url", "is_private"]


class CountSerializer(serializers.ModelSerializer[PostCount]):
    class Meta:
        model = PostCount
        fields = ["replies", "likes", "reposts", "quotes"]


class PostSerializer(serializers.ModelSerializer[Post]):
    author = AuthorSerializer()
    counts = CountSerializer(many=True)

    class Meta:
        model = Post
        fields = "__all__"


class NestedView(ListAPIView[Post]):
    """The newest twenty posts of somebody's kept timeline, the same rows that their home page begins with."""

    serializer_class = PostSerializer
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    def get_queryset(self) -> QuerySet[Post]:
        entries = TimelineEntry.objects.filter(owner_id=int(self.request.query_params["owner"])).order_by("-at")
        newest = entries.values("post_id")[:PAGE]
        return Post.objects.filter(id__in=newest).select_related("author").prefetch_related("counts").order_by("-id")
