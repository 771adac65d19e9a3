"""Settings of the Auth service: all of them from the environment, read once, refused where they are not safe.

`ENVIRONMENT` decides; where it is not set this is production, which takes no default that would be comfortable.
"""

import os
from pathlib import Path

from auth_project import relying_party
from shared import defaults, tracing
from shared.env import ENVIRONMENTS, ConfigurationError, Env
from shared.logs import logging_config

env = Env.read()

ENVIRONMENT = env.choice("ENVIRONMENT", "production", among=ENVIRONMENTS)
PRODUCTION = ENVIRONMENT == "production"
DEBUG = False
SECRET_KEY = env.secret("AUTH_SECRET_KEY", at_least=50)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", [] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
if PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    raise ConfigurationError("ALLOWED_HOSTS: must name the hosts in production, without *")
CORS_ALLOWED_ORIGINS = env.words("CORS_ALLOWED_ORIGINS", [])
CORS_EXPOSE_HEADERS = ["Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"]
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES", [])
RATE_LIMIT_SCALE = env.integer("RATE_LIMIT_SCALE", 1, at_least=1)
METRICS_PORT = env.integer("METRICS_PORT", 0, at_most=65_535)  # of the worker; 0: none
tracing.check(env.text("OTEL_EXPORTER_OTLP_ENDPOINT", ""))

ROOT_URLCONF = "auth_project.urls"
WSGI_APPLICATION = "auth_project.wsgi.application"
INSTALLED_APPS = [
    # First: some of its commands stand in the place of Django's.
    "auth_project.staff",
    "unfold.apps.BasicAppConfig",
    "auth_project.contrib.apps.MongoAdminConfig",
    "auth_project.contrib.apps.MongoAuthConfig",
    "auth_project.contrib.apps.MongoContentTypesConfig",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "auth_project.idempotency",
    "auth_project.throttling",
    "auth_project.events",
    "auth_project.mail",
    "auth_project.signing_keys",
    "auth_project.accounts",
    "auth_project.tokens",
    "auth_project.oauth",
    "auth_project.passkeys",
    "auth_project.worker",
]
MIDDLEWARE = defaults.MIDDLEWARE
TEMPLATES = defaults.TEMPLATES
# Django's own migrations make auto-incremented keys, which MongoDB does not have.
MIGRATION_MODULES = {
    label: f"auth_project.contrib.migrations.{label}" for label in ("admin", "auth", "contenttypes", "sessions")
}

MONGODB_URL = env.text("MONGODB_URL")
_encrypted = "tls=true" in MONGODB_URL or MONGODB_URL.startswith("mongodb+srv://")
if PRODUCTION and not _encrypted and not env.flag("MONGODB_WITHOUT_TLS", False):
    raise ConfigurationError("MONGODB_URL: production needs tls=true (or MONGODB_WITHOUT_TLS=true)")
DATABASES = {
    "default": {
        "ENGINE": "django_mongodb_backend",
        "HOST": MONGODB_URL,
        "OPTIONS": {
            "appname": "auth",
            # An acknowledged write survives the loss of any one server: w=1 lost 388 of 12,698 when the primary died.
            "w": "majority",
            "journal": True,
            "retryWrites": True,
            # A dead or frozen primary is noticed within seconds; pymongo's defaults would wait half a minute.
            "serverSelectionTimeoutMS": 2_500,
            "connectTimeoutMS": 1_000,
            "socketTimeoutMS": 3_000,
            "heartbeatFrequencyMS": 1_000,
        },
    }
}
DATABASE_ROUTERS = ["django_mongodb_backend.routers.MongoRouter"]
# How long `serve`, `worker` and `migrate` wait for it before they give up.
DATABASE_WAIT_SECONDS = env.seconds("DATABASE_WAIT_SECONDS", 60, at_most=3600)
DEFAULT_AUTO_FIELD = "django_mongodb_backend.fields.ObjectIdAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["auth_project.tokens.backends.CredentialsBackend"]
PASSWORD_HASHERS = ["auth_project.accounts.hashers.Argon2idHasher"]
PASSWORD_MIN_LENGTH = env.integer("PASSWORD_MIN_LENGTH", 8, at_least=8, at_most=64)  # code points; NIST advises 15
# All workers of this machine together hash no more passwords at once than it has cores.
GRANIAN_WORKERS = env.integer("GRANIAN_WORKERS", 1, at_least=1)
HASHES_AT_ONCE = max(1, len(os.sched_getaffinity(0)) // GRANIAN_WORKERS)
# Of a process's threads a quarter is never taken by those who hash or wait to: it is for everybody else's reads.
GRANIAN_BLOCKING_THREADS = env.integer("GRANIAN_BLOCKING_THREADS", 32, at_least=1)
HASHES_WAITING = max(1, GRANIAN_BLOCKING_THREADS * 3 // 4)

AUTH_ISSUER = env.url("AUTH_ISSUER")
# Encrypt the keys that sign access tokens: the first what is written, all what is read (docs/keys.md).
AUTH_KEY_ENCRYPTION_KEYS = env.secrets("AUTH_KEY_ENCRYPTION_KEYS")
# How long a new one is published before it signs: longer than anybody may go on with an old set.
SIGNING_KEY_LEAD_SECONDS = env.integer("SIGNING_KEY_LEAD_SECONDS", 900, at_least=900 if PRODUCTION else 1)
# Where a version before signing keys were in the database had them; taken over once.
AUTH_SIGNING_KEY_FILES = [Path(word) for word in env.words("AUTH_SIGNING_KEY_FILES", [])]
REFRESH_TOKEN_KEY = env.secret("REFRESH_TOKEN_KEY")
# Hashes usernames that nobody gets again; of its own where SECRET_KEY may one day be changed.
RETIRED_NAMES_KEY = env.secret("RETIRED_NAMES_KEY", SECRET_KEY)
# Encrypts the secrets of one-time codes; of its own where SECRET_KEY may one day be changed.
TOTP_KEY = env.secret("TOTP_KEY", SECRET_KEY)
REQUIRE_STAFF_MFA = env.flag("REQUIRE_STAFF_MFA", PRODUCTION)

POSTS_BASE_URL = env.url("POSTS_BASE_URL")
if PRODUCTION and not POSTS_BASE_URL.startswith("https://") and not env.flag("POSTS_WITHOUT_TLS", False):
    raise ConfigurationError("POSTS_BASE_URL: production needs https (or POSTS_WITHOUT_TLS=true)")
AUTH_SERVICE_KEY_FILE = env.path("AUTH_SERVICE_KEY_FILE")
POSTS_SERVICE_JWKS_FILE = env.path("POSTS_SERVICE_JWKS_FILE")

SITE_NAME = env.text("SITE_NAME", "Social")
WEB_URL = env.url("WEB_URL", AUTH_ISSUER)  # the pages that links in mails lead to
# The domain that passkeys belong to, and the pages that may ask for them; browsers take no address for a domain.
WEBAUTHN_RP_ID = env.text("WEBAUTHN_RP_ID", relying_party.default_id(WEB_URL, production=PRODUCTION))
WEBAUTHN_ORIGINS = env.words(
    "WEBAUTHN_ORIGINS", relying_party.default_origins(WEB_URL, AUTH_ISSUER, production=PRODUCTION)
)
relying_party.check(WEBAUTHN_RP_ID, WEBAUTHN_ORIGINS, production=PRODUCTION)
# With it nobody learns whose address has an account, and nobody has one under an address that is not theirs.
REQUIRE_VERIFIED_EMAIL = env.flag("REQUIRE_VERIFIED_EMAIL", PRODUCTION)

DATA_DIR = env.path("DATA_DIR", ".data")
MEDIA_ROOT = env.path("AUTH_MEDIA_ROOT", DATA_DIR / "media")
globals().update(defaults.UPLOADS)

MAIL_FOLDER = DATA_DIR / "mail"
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if PRODUCTION else "auth_project.mail.backends.FolderBackend"
)
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 587, at_least=1, at_most=65_535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_HOST_PASSWORD", "", at_least=0)
EMAIL_USE_TLS = env.flag("EMAIL_STARTTLS", True)
EMAIL_TIMEOUT = 20  # seconds
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "no-reply@localhost")

REST_FRAMEWORK = {
    **defaults.rest_framework(authentication=["auth_project.tokens.authentication.SessionAuthentication"]),
    "EXCEPTION_HANDLER": "auth_project.outages.exception_handler",
}
IDEMPOTENCY_STORE = "auth_project.idempotency.store.store"
RATE_LIMIT_STORE = "auth_project.throttling.counters.store"
SPECTACULAR_SETTINGS = defaults.spectacular(
    title="Auth",
    description="Who somebody is: registration, sign-in, sessions, tokens and profiles.",
)
UNFOLD = {
    "SITE_TITLE": "Auth",
    "SITE_HEADER": "Auth",
    "LOGIN": {"form": "auth_project.tokens.forms.LoginForm"},
    # In place of unfold's "Change password", which this site does not offer.
    "ACCOUNT": {"navigation": [{"title": "API documents", "link": "/api/docs"}]},
}

LOGGING = logging_config(
    service="auth",
    level=env.choice("LOG_LEVEL", "INFO", among=("DEBUG", "INFO", "WARNING", "ERROR")),
    log_format=env.choice("LOG_FORMAT", "json", among=("json", "console")),
    pseudonym_key=env.secret("LOG_PSEUDONYM_KEY", SECRET_KEY),
)

REQUIRE_HTTPS = env.flag("REQUIRE_HTTPS", PRODUCTION)
globals().update(defaults.security(https=REQUIRE_HTTPS))

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = "auth_project.staff.formats"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
