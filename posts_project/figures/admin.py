"""The first page of the admin site: charts of the last thirty days above the lists of what there is."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from posts_project.figures.charts import charts
from posts_project.figures.services import last_days

admin.site.index_template = "figures/index.html"


def first_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's callback."""
    return {**context, "charts": charts(last_days(timezone.now()))}
