"""The paths of Posts, and what they are measured against."""

from django.urls import path

from benchmarks.site import views
from posts_project.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

# The first of them is served without any middleware: see `benchmarks.site.wsgi`.
urlpatterns = [
    *urlpatterns,
    path("bench/bare", views.bare),
    path("bench/bare-behind-middleware", views.bare),
    path("bench/nested", views.NestedView.as_view()),
]
