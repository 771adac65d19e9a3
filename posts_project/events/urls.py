from posts_project.events.views import InboxView
from shared.urls import api

urlpatterns = [api("internal/v1/events", InboxView.as_view(), name="events")]
