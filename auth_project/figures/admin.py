"""The first page of the admin site: charts of the last thirty days above the lists of what there is."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from auth_project.figures.services import charts
from shared.charts import TEMPLATE

admin.site.index_template = TEMPLATE


def first_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's callback."""
    return {**context, "charts": charts(now=timezone.now())}
