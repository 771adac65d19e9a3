from django.urls import URLPattern

from auth_project.accounts.views.email import ChangeEmailView, ResendEmailView, VerifyEmailView
from auth_project.accounts.views.erasures import ErasureView
from auth_project.accounts.views.exports import ExportsView, ExportView
from auth_project.accounts.views.internal import KnownUsersView
from auth_project.accounts.views.me import DeactivateView, MeView
from auth_project.accounts.views.reconciliation import EverybodyView, RevocationsView, UserEventsView
from auth_project.accounts.views.users import AvatarView, DirectoryView, UserView
from shared.urls import api

urlpatterns: list[URLPattern] = [
    api("api/v1/auth/email/verify", VerifyEmailView.as_view(), name="email-verify"),
    api("api/v1/auth/email/resend", ResendEmailView.as_view(), name="email-resend"),
    api("api/v1/auth/email/change", ChangeEmailView.as_view(), name="email-change"),
    api("api/v1/users", DirectoryView.as_view(), name="users"),
    api("api/v1/users/me", MeView.as_view(), name="me"),
    api("api/v1/users/me/deactivate", DeactivateView.as_view(), name="deactivate"),
    api("api/v1/users/me/export", ExportsView.as_view(), name="exports"),
    api("api/v1/users/me/export/<export_id>", ExportView.as_view(), name="export"),
    api("api/v1/users/avatars/<name>", AvatarView.as_view(), name="avatar"),
    api("api/v1/users/<username>", UserView.as_view(), name="user"),
    api("api/v1/erasures/<erasure_id>", ErasureView.as_view(), name="erasure"),
    api("internal/v1/users", KnownUsersView.as_view(), name="internal-users"),
    api("internal/v1/users/all", EverybodyView.as_view(), name="internal-everybody"),
    api("internal/v1/users/<user_id>/events", UserEventsView.as_view(), name="internal-user-events"),
    api("internal/v1/revocations", RevocationsView.as_view(), name="internal-revocations"),
]
