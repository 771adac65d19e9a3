"""What all pages of the admin site have in common: rows to search and look at, changed through services alone."""

from typing import Any, cast

from django.contrib.auth.models import PermissionsMixin
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin

from auth_project.mongodb import in_order

MOST_COUNTED = 1_000


class BoundedPaginator(Paginator):
    """Counts no further than a thousand: exact counts of millions are slow, and nobody turns a hundred pages. Reads no
    more than it shows."""

    @cached_property
    def count(self) -> int:
        return self._rows.order_by()[:MOST_COUNTED].count()

    def page(self, number: int | str) -> Page:
        place = self.validate_number(number)
        rows = in_order(self._rows, start=(place - 1) * self.per_page, limit=self.per_page)
        return Page(rows, place, self)

    @property
    def _rows(self) -> "QuerySet[Model]":
        return cast("QuerySet[Model]", self.object_list)


class LookOnly(ModelAdmin):
    """For every member of staff to look at, newest first; administrators have the actions besides."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    ordering: Any = ("-id",)
    # There is no index to sort by the other columns.
    sortable_by: tuple[str, ...] = ()
    list_fullwidth = True
    list_filter_submit = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_administer_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may carry out the actions."""
        who = cast("PermissionsMixin", request.user)
        return who.has_perm(f"{self.opts.app_label}.administer_{self.opts.model_name}")
