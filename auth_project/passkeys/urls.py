from django.urls import URLPattern

from auth_project.passkeys.views import (
    CreationOptionsView,
    PasskeyLoginView,
    PasskeysView,
    PasskeyView,
    RequestOptionsView,
)
from shared.urls import api

urlpatterns: list[URLPattern] = [
    api("api/v1/auth/passkeys", PasskeysView.as_view(), name="passkeys"),
    api("api/v1/auth/passkeys/options", CreationOptionsView.as_view(), name="passkey-options"),
    api("api/v1/auth/passkeys/<passkey_id>", PasskeyView.as_view(), name="passkey"),
    api("api/v1/auth/login/passkey", PasskeyLoginView.as_view(), name="passkey-login"),
    api("api/v1/auth/login/passkey/options", RequestOptionsView.as_view(), name="passkey-login-options"),
]
