"""Who may open this site, to look at; and what all its pages have in common."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin

from posts_project.staff import roles
from posts_project.staff.models import StaffUser
from shared import staff_sign_in

# Who is staff, and who a superuser, is Auth's to say; who of them moderates is said here. There are no other groups.
admin.site.unregister(Group)
admin.site.login_template = staff_sign_in.TEMPLATE

MOST_COUNTED = 1_000


class BoundedPaginator(Paginator):
    """Counts no further than a thousand: exact counts of millions are slow, and nobody turns a hundred pages."""

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Model]", self.object_list)
        return rows[:MOST_COUNTED].count()


class LookOnly(ModelAdmin):
    """Rows to search and look at, newest first, for every member of staff; nothing to add, change or delete."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-id",)
    # There is no index to sort by the other columns.
    sortable_by: tuple[str, ...] = ()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return admin.site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return admin.site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_administer_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may carry out the actions that are asked for twice."""
        return bool(request.user.is_active and request.user.is_superuser)


@admin.register(StaffUser)
class StaffUserAdmin(LookOnly):
    list_display = ("username", "is_moderator", "is_superuser", "is_active", "last_login")
    list_filter = ("groups", "is_superuser", "is_active")
    search_fields = ("username__startswith",)
    fields: Any = ("id", "username", "is_staff", "is_superuser", "is_active", "last_login", "date_joined")
    actions = ("appoint", "release")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("groups")

    def has_appoint_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    @admin.display(boolean=True)
    def is_moderator(self, member: StaffUser) -> bool:
        return any(group.name == roles.MODERATORS for group in member.groups.all())

    @admin.action(description="Make moderators of the selected", permissions=["appoint"])
    def appoint(self, request: HttpRequest, queryset: QuerySet[StaffUser]) -> None:
        self._each(request, queryset, roles.appoint, "is a moderator now")

    @admin.action(description="The selected moderate no longer", permissions=["appoint"])
    def release(self, request: HttpRequest, queryset: QuerySet[StaffUser]) -> None:
        self._each(request, queryset, roles.release, "moderates no longer")

    def _each(
        self, request: HttpRequest, members: QuerySet[StaffUser], change: Callable[[StaffUser], None], what: str
    ) -> None:
        for member in members:
            change(member)
            self.log_change(request, member, what)
            self.message_user(request, f"{member}: {what}", messages.SUCCESS)
