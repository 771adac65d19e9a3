from django.urls import URLPattern

from auth_project.tokens.views.keys import JWKSView
from auth_project.tokens.views.passwords import ChangePasswordView, ConfirmPasswordResetView, ResetPasswordView
from auth_project.tokens.views.second_factor import ConfirmTotpView, RecoveryCodesView, TotpView
from auth_project.tokens.views.sessions import SessionsView, SessionView
from auth_project.tokens.views.sign_in import CheckCredentialsView, LoginView, LogoutView, RefreshView, RegisterView
from shared.urls import api

urlpatterns: list[URLPattern] = [
    api("api/v1/auth/register", RegisterView.as_view(), name="register"),
    api("api/v1/auth/login", LoginView.as_view(), name="login"),
    api("api/v1/auth/refresh", RefreshView.as_view(), name="refresh"),
    api("api/v1/auth/logout", LogoutView.as_view(), name="logout"),
    api("api/v1/auth/sessions", SessionsView.as_view(), name="sessions"),
    api("api/v1/auth/sessions/<session_id>", SessionView.as_view(), name="session"),
    api("api/v1/auth/password/change", ChangePasswordView.as_view(), name="password-change"),
    api("api/v1/auth/password/reset", ResetPasswordView.as_view(), name="password-reset"),
    api("api/v1/auth/password/reset/confirm", ConfirmPasswordResetView.as_view(), name="password-reset-confirm"),
    api("api/v1/auth/mfa/totp", TotpView.as_view(), name="totp"),
    api("api/v1/auth/mfa/totp/confirm", ConfirmTotpView.as_view(), name="totp-confirm"),
    api("api/v1/auth/mfa/recovery-codes", RecoveryCodesView.as_view(), name="recovery-codes"),
    api("internal/v1/credentials/check", CheckCredentialsView.as_view(), name="internal-credentials"),
    api(r"\.well-known/jwks\.json", JWKSView.as_view(), name="jwks"),
]
