"""What the settings of both services start from."""

from pathlib import Path
from typing import Any

API_VERSION = "1.0.0"

# Admin sites alone need sessions, CSRF and messages; behind our own layers, so that their errors are problems too.
MIDDLEWARE = [
    "shared.middleware.draining_middleware",
    "shared.middleware.request_id_middleware",
    "shared.middleware.access_log_middleware",
    "shared.middleware.security_headers_middleware",
    "shared.proxies.proxy_headers_middleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "shared.error_views.problems_middleware",
    "shared.middleware.input_guard_middleware",
    "shared.middleware.https_only_middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

# Uploads stay in memory: no view takes more than 10 MB, and nothing of strangers is left on the disk.
UPLOADS: dict[str, Any] = {
    "FILE_UPLOAD_HANDLERS": ["django.core.files.uploadhandler.MemoryFileUploadHandler"],
    "FILE_UPLOAD_MAX_MEMORY_SIZE": 11 * 1024 * 1024,
    "FILE_UPLOAD_PERMISSIONS": 0o600,
    "FILE_UPLOAD_DIRECTORY_PERMISSIONS": 0o700,
}

ERROR_HANDLERS = {
    "handler400": "shared.error_views.bad_request",
    "handler403": "shared.error_views.forbidden",
    "handler404": "shared.error_views.not_found",
    "handler500": "shared.error_views.server_error",
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def rest_framework(*, authentication: list[str]) -> dict[str, Any]:
    """DRF: closed unless a view opens itself, strict JSON in, problems out, no browsable pages, no `?format=`."""
    return {
        "DEFAULT_AUTHENTICATION_CLASSES": authentication,
        "DEFAULT_PERMISSION_CLASSES": ["shared.bearer.IsSignedIn"],
        "DEFAULT_RENDERER_CLASSES": ["shared.wire.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["shared.parsing.StrictJSONParser"],
        "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
        "DEFAULT_METADATA_CLASS": None,
        "EXCEPTION_HANDLER": "shared.exception_handler.exception_handler",
        "UNAUTHENTICATED_USER": "shared.bearer.anonymous",
        "URL_FORMAT_OVERRIDE": None,
        "TEST_REQUEST_DEFAULT_FORMAT": "json",
    }


def spectacular(*, title: str, description: str) -> dict[str, Any]:
    """drf-spectacular: OpenAPI 3.1, Swagger UI from our own static files."""
    return {
        "TITLE": title,
        "DESCRIPTION": description,
        "VERSION": API_VERSION,
        "OAS_VERSION": "3.1.0",
        "SERVE_INCLUDE_SCHEMA": False,
        "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
        "SERVE_AUTHENTICATION": [],
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        "COMPONENT_SPLIT_REQUEST": True,
        "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
        "PREPROCESSING_HOOKS": ["shared.openapi.only_public"],
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "shared.openapi.describe_problems",
        ],
    }


def security(*, https: bool) -> dict[str, Any]:
    """Django's security settings; `https` is off only where everything is on one machine.

    The API is never redirected to HTTPS: a token that was sent in the clear is lost already, and a redirect would hide
    it (ASVS 4.1.2). `https_only_middleware` refuses instead; only the admin sites redirect.
    """
    prefix = "__Host-" if https else ""
    return {
        "SECURE_SSL_REDIRECT": https,
        "SECURE_REDIRECT_EXEMPT": [r"^(?!admin(/|$))"],
        "SECURE_HSTS_SECONDS": 365 * 24 * 3600 if https else 0,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": https,
        "SECURE_HSTS_PRELOAD": https,
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        # Not "no-referrer": a browser then posts the admin sites' forms with `Origin: null`, which CSRF must refuse.
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "SESSION_COOKIE_NAME": f"{prefix}sessionid",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_AGE": 8 * 3600,
        "CSRF_COOKIE_NAME": f"{prefix}csrftoken",
        "CSRF_COOKIE_SECURE": https,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Strict",
        "CSRF_FAILURE_VIEW": "shared.error_views.csrf_failure",
        "X_FRAME_OPTIONS": "DENY",
        "APPEND_SLASH": False,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 1024 * 1024,
    }
