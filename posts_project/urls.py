"""All paths of the Posts service."""

from django.contrib import admin
from django.urls import include, path

from posts_project.health import HEALTH_URLS
from shared.defaults import ERROR_HANDLERS
from shared.urls import api_documents

handler400 = ERROR_HANDLERS["handler400"]
handler403 = ERROR_HANDLERS["handler403"]
handler404 = ERROR_HANDLERS["handler404"]
handler500 = ERROR_HANDLERS["handler500"]

# Tried one after the other at every request: what is read most comes first.
urlpatterns = [
    path("", include("posts_project.feeds.urls")),
    path("", include("posts_project.posts.urls")),
    path("", include("posts_project.profiles.urls")),
    path("", include("posts_project.follows.urls")),
    path("", include("posts_project.filters.urls")),
    path("", include("posts_project.lists.urls")),
    path("", include("posts_project.media.urls")),
    path("", include("posts_project.drafts.urls")),
    path("", include("posts_project.notifications.urls")),
    path("", include("posts_project.stream.urls")),
    path("", include("posts_project.moderation.urls")),
    path("", include("posts_project.search.urls")),
    path("", include("posts_project.trends.urls")),
    path("", include("posts_project.tags.urls")),
    path("", include("posts_project.events.urls")),
    path("", include("posts_project.worker.urls")),
    path("admin/", admin.site.urls),
    *HEALTH_URLS,
    *api_documents(),
]
