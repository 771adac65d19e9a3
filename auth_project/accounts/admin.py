"""Users in the admin site: to find and look at, and for administrators to correct what others see of them, to lock out
and let in. Nobody sets or sees a password here."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from auth_project.accounts.models import User
from auth_project.accounts.names import normalise
from auth_project.accounts.services import passwords, profile, staff, suspension, valid_after
from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.staff.admin import LookOnly
from auth_project.transactions import run_in_txn
from shared.fields import parse_id
from shared.snowflakes import least_id_at
from shared.staff_actions import EndField, confirmed

# Roles are two flags of the user; Django's groups are not used.
admin.site.unregister(Group)

LAST_CHARACTER = "\U0010ffff"


class JoinedFilter(admin.SimpleListFilter):
    """By id, whose first bits are the moment of registration: that is an index."""

    title = parameter_name = "joined"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "In the last day"), ("7", "In the last 7 days"), ("30", "In the last 30 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        days = dict.fromkeys(("1", "7", "30")).keys() & {self.value()}
        since = [timezone.now() - timedelta(days=int(str(one))) for one in days]
        return queryset.filter(pk__gte=least_id_at(since[0])) if since else queryset


class SuspensionForm(forms.Form):
    reason = forms.CharField(
        max_length=suspension.LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="Told to the user by mail, and shown to the other staff.",
    )
    until = EndField(
        label="Until (UTC)",
        help_text="When it ends by itself. Empty: when an administrator says so.",
    )


@admin.register(User)
class UserAdmin(LookOnly):
    list_display = ["username", "email", "display_name", "state", "role", "email_verified", "mfa_enabled", "created_at"]
    list_filter = [
        "status", JoinedFilter, "is_staff", "is_superuser", "email_verified", "mfa_enabled", "mfa_required",
        "is_private",
    ]  # fmt: skip
    search_fields = ["username_ci"]
    search_help_text = "The beginning of a username or e-mail address, or an id."
    fieldsets = [
        (None, {"fields": ["id", "username", "email", "email_verified", "created_at"]}),
        ("Seen by others", {"fields": ["display_name", "bio", "is_private"]}),
        (
            "May sign in",
            {
                "fields": [
                    "status",
                    "suspension_reason",
                    "suspended_until",
                    "suspended_by_posts",
                    "valid_after",
                    "mfa_enabled",
                    "mfa_required",
                ]
            },
        ),
        ("In the admin sites", {"fields": ["is_staff", "is_superuser"]}),
    ]
    readonly_fields = [
        "id", "username", "email", "email_verified", "created_at", "status", "suspension_reason", "suspended_until",
        "suspended_by_posts", "valid_after", "mfa_enabled", "mfa_required", "is_staff", "is_superuser",
    ]  # fmt: skip
    actions = ["send_reset", "suspend", "reinstate", "end_sessions", "require_second_factor", "release_second_factor"]
    actions_detail = ["sessions", "audit", {"title": "Manage", "icon": "manage_accounts", "items": actions}]

    @display(description="state", label={"active": "success", "deactivated": "info", "suspended": "danger"})
    def state(self, user: User) -> str:
        return user.status

    @display(description="role")
    def role(self, user: User) -> str:
        return (user.roles or [""])[-1]

    @action(description="Sessions", permissions=["view"], icon="devices")
    def sessions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:tokens_session_changelist')}?q={parse_id(object_id) or 0}")

    @action(description="Audit", permissions=["view"], icon="history")
    def audit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:audit_auditentry_changelist')}?q={parse_id(object_id) or 0}")

    @confirmed(
        description="Send password reset",
        explanation="They get a mail with a link, by which they alone choose a new password. Until then the present one"
        " stays good.",
        icon="mail",
    )
    def send_reset(self, request: HttpRequest, user: User, _: dict[str, Any]) -> str:
        passwords.request_reset(email=user.email, now=timezone.now())
        return "a link to reset the password was sent"

    @confirmed(
        description="Suspend",
        explanation="Every session of theirs ends at once in both services, nobody can sign in to the account, and its"
        " profile and posts are hidden. Nothing is deleted.",
        icon="block",
        form=SuspensionForm,
    )
    def suspend(self, request: HttpRequest, user: User, entered: dict[str, Any]) -> str:
        suspension.suspend(user_id=user.pk, **entered, by=_administrator(request), now=timezone.now())
        end = f" until {entered['until']:%Y-%m-%d %H:%M} UTC" if entered["until"] else ""
        return f"suspended{end}: {entered['reason']}"

    @confirmed(
        description="Reinstate",
        explanation="They can sign in again, and their profile and posts are shown as before.",
        icon="lock_open",
    )
    def reinstate(self, request: HttpRequest, user: User, _: dict[str, Any]) -> str:
        done = suspension.reinstate(user_id=user.pk, by=_administrator(request), now=timezone.now())
        return "reinstated" if done else "was not suspended"

    @confirmed(
        description="End all sessions",
        explanation="They are signed out everywhere, and can sign in again.",
        icon="logout",
    )
    def end_sessions(self, request: HttpRequest, user: User, _: dict[str, Any]) -> str:
        valid_after.end_all(user, now=timezone.now())
        return "all sessions ended"

    @confirmed(
        description="Require second factor",
        explanation="From the next sign-in on they need a one-time code beside the password.",
        icon="phonelink_lock",
    )
    def require_second_factor(self, request: HttpRequest, user: User, _: dict[str, Any]) -> str:
        staff.require_second_factor(user.pk, by=_administrator(request))
        return "must have a second factor"

    @confirmed(
        description="Require no second factor",
        explanation="They may remove the second factor that they have. Of staff it may be asked all the same, by the"
        " settings of this service.",
        icon="phonelink_erase",
    )
    def release_second_factor(self, request: HttpRequest, user: User, _: dict[str, Any]) -> str:
        released = staff.release_second_factor(user.pk, by=_administrator(request))
        return "may be without a second factor" if released else "was not asked for one"

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_administer_permission(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """By prefix, in the indexed columns: Django's own search is an unescaped regular expression on MongoDB."""
        start = normalise(search_term.strip())
        if not start:
            return queryset, False
        found = Q(username_ci__gte=start, username_ci__lt=start + LAST_CHARACTER)
        found |= Q(email_ci__gte=start, email_ci__lt=start + LAST_CHARACTER)
        if user_id := parse_id(start):
            found |= Q(pk=user_id)
        return queryset.filter(found), False

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """Through the service, which tells Posts."""
        changes: dict[str, Any] = {name: form.cleaned_data[name] for name in form.changed_data}

        def write() -> None:
            profile.update(user_id=obj.pk, **changes)
            record(Event.ACCOUNT_CORRECTED, user_id=obj.pk, fields=" ".join(sorted(changes)))

        if changes:
            run_in_txn(write)


def _administrator(request: HttpRequest) -> int:
    assert isinstance(request.user, User)
    return request.user.pk
