"""Everything that the Auth service answers to."""

from django.contrib import admin
from django.urls import include, path

from auth_project import health
from auth_project.measures import SAMPLES
from shared.defaults import ERROR_HANDLERS
from shared.health import health_urls, once_passed
from shared.urls import api_documents

handler400 = ERROR_HANDLERS["handler400"]
handler403 = ERROR_HANDLERS["handler403"]
handler404 = ERROR_HANDLERS["handler404"]
handler500 = ERROR_HANDLERS["handler500"]

urlpatterns = [
    path("", include("auth_project.tokens.urls")),
    path("", include("auth_project.passkeys.urls")),
    path("", include("auth_project.accounts.urls")),
    path("", include("auth_project.oauth.urls")),
    path("", include("auth_project.worker.urls")),
    path("admin/", admin.site.urls),
    *api_documents(),
    *health_urls(
        checks={
            "mongodb": health.database,
            "migrations": once_passed(health.migrations),
            "signing_keys": health.signing_keys,
        },
        peers={"posts": health.posts()},
        samples=SAMPLES,
    ),
]
