from django.urls import URLPattern

from auth_project.oauth.views import DiscoveryView, IntrospectView, RevokeView
from shared.urls import api

urlpatterns: list[URLPattern] = [
    api("oauth/introspect", IntrospectView.as_view(), name="introspect"),
    api("oauth/revoke", RevokeView.as_view(), name="revoke"),
    api(r"\.well-known/openid-configuration", DiscoveryView.as_view(), name="discovery"),
]
