"""`/api/v1/stream`: server-sent events."""

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from posts_project.authentication import signed_in
from posts_project.stream import hub, selectors
from posts_project.stream.positions import HEADER, Position
from posts_project.stream.serializers import EventStreamRenderer
from posts_project.throttling.quotas import STREAM
from shared import snowflakes
from shared.views import ApiView

CONTENT_TYPE = EventStreamRenderer.media_type
# A proxy that gathered events before it passes them on would make them late.
HEADERS = {"X-Accel-Buffering": "no"}

LAST_EVENT_ID = OpenApiParameter(
    HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The `id` of the last event that was received: what was missed since is sent first.",
)


class StreamView(ApiView):
    renderer_classes = [EventStreamRenderer]
    quotas = {"GET": [STREAM]}

    @extend_schema(operation_id="stream", parameters=[LAST_EVENT_ID], responses={(200, CONTENT_TYPE): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponseBase:
        """Server-sent events: `post`, a timeline entry that has come to the viewer's home, and `notification`, one that
        is new or has grown. `data` is the JSON that the lists have; ids are opaque. A comment comes every 15 s.

        It ends when the session does, after an hour, and when the server has to: open it again, with a token that is
        good then and the last id in `Last-Event-ID`. At most a hundred missed events of each kind are sent, the newest;
        whoever was away for longer reads the lists."""
        viewer = signed_in(request)
        last = request.headers.get(HEADER, "")
        position = Position.parsed(last) if last else Position([snowflakes.new_id()])
        if request.method == "HEAD":
            return HttpResponse(content_type=CONTENT_TYPE, headers=HEADERS)
        stream = hub.hub.open(viewer, position)
        try:
            if last:
                stream.begin_with(selectors.missed(viewer.user_id, after=position.bound))
        except BaseException:
            stream.close()
            raise
        return StreamingHttpResponse(stream, content_type=CONTENT_TYPE, headers=HEADERS)
