"""Settings of the Auth service: all of them from the environment, read once, refused where they are not safe.

`ENVIRONMENT` decides; where it is not set this is production, which takes no default that would be comfortable.
"""

from pathlib import Path

from auth_project import mongodb_url, processors, relying_party
from shared import defaults, production, tracing
from shared.env import ENVIRONMENTS, ConfigurationError, Env
from shared.logs import logging_config

env = Env.read()

ENVIRONMENT = env.choice("ENVIRONMENT", "production", among=ENVIRONMENTS)
PRODUCTION = ENVIRONMENT == "production"
DEBUG = False
SECRET_KEY = env.secret("AUTH_SECRET_KEY", at_least=50)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", [] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CORS_ALLOWED_ORIGINS = env.words("CORS_ALLOWED_ORIGINS", [])
CORS_EXPOSE_HEADERS = ["Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"]
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES", [])
RATE_LIMIT_SCALE = env.integer("RATE_LIMIT_SCALE", 1, at_least=1)
METRICS_PORT = env.integer("METRICS_PORT", 0, at_most=65_535)  # of the worker; 0: none
tracing.check(env.text("OTEL_EXPORTER_OTLP_ENDPOINT", ""))

ROOT_URLCONF = "auth_project.urls"
WSGI_APPLICATION = "auth_project.wsgi.application"
# For who came to the admin site's sign-in by itself, and not from one of its pages.
LOGIN_REDIRECT_URL = "admin:index"
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
    "auth_project.audit",
    "auth_project.figures",
    "auth_project.throttling",
    "auth_project.events",
    "auth_project.mail",
    "auth_project.signing_keys",
    "auth_project.accounts",
    "auth_project.tokens",
    "auth_project.oauth",
    "auth_project.passkeys",
    "auth_project.imports",
    "auth_project.worker",
]
MIDDLEWARE = [*defaults.MIDDLEWARE, "auth_project.acting.acting_middleware"]
TEMPLATES = defaults.TEMPLATES
# Django's own migrations make auto-incremented keys, which MongoDB does not have.
MIGRATION_MODULES = {
    label: f"auth_project.contrib.migrations.{label}" for label in ("admin", "auth", "contenttypes", "sessions")
}

MONGODB_URL = env.secret("MONGODB_URL", at_least=0)  # it may hold a password
if PRODUCTION:
    mongodb_url.check(MONGODB_URL, without_tls=env.flag("MONGODB_WITHOUT_TLS", False))
DATABASES = {
    "default": {
        "ENGINE": "auth_project.mongodb_engine",
        "HOST": MONGODB_URL,
        "OPTIONS": {
            "appname": "auth",
            **mongodb_url.SAFE_WRITES,
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
# The first makes all hashes; the others check what was imported, until its owner signs in.
PASSWORD_HASHERS = [
    "auth_project.accounts.hashers.Argon2idHasher",
    "auth_project.accounts.hashers.ImportedPBKDF2Hasher",
    "auth_project.accounts.hashers.ImportedBCryptSHA256Hasher",
    "auth_project.accounts.hashers.ImportedBCryptHasher",
    "auth_project.accounts.hashers.ImportedScryptHasher",
]
PASSWORD_MIN_LENGTH = env.integer("PASSWORD_MIN_LENGTH", 8, at_least=8, at_most=64)  # code points; NIST advises 15
# All workers of this machine or container together hash no more passwords at once than it has cores.
GRANIAN_WORKERS = env.integer("GRANIAN_WORKERS", 1, at_least=1)
HASHES_AT_ONCE = max(1, processors.available() // GRANIAN_WORKERS)
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
# Seals the audit; of its own where SECRET_KEY may one day be changed. What old ones sealed can still be checked.
AUDIT_KEY = env.secret("AUDIT_KEY", SECRET_KEY)
AUDIT_OLD_KEYS = env.secret("AUDIT_OLD_KEYS", "", at_least=0).split()
AUDIT_RETENTION_DAYS = env.integer("AUDIT_RETENTION_DAYS", 400, at_least=1)
REQUIRE_STAFF_MFA = env.flag("REQUIRE_STAFF_MFA", PRODUCTION)

POSTS_BASE_URL = env.url("POSTS_BASE_URL")
if PRODUCTION:
    production.check_peer("POSTS_BASE_URL", POSTS_BASE_URL, without_tls=env.flag("POSTS_WITHOUT_TLS", False))
PEER_CA_FILE = env.file("PEER_CA_FILE")
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
if PRODUCTION and EMAIL_HOST_PASSWORD and not EMAIL_USE_TLS:
    raise ConfigurationError("EMAIL_STARTTLS: must be true where there is a password to be sent")
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
# Several answers have a `type`: the name that clients know stays with that of credentials.
SPECTACULAR_SETTINGS["ENUM_NAME_OVERRIDES"] = {"TypeEnum": ["public-key"]}
UNFOLD = {
    "SITE_TITLE": "Auth",
    "SITE_HEADER": "Auth",
    "LOGIN": {"form": "auth_project.tokens.forms.LoginForm"},
    "DASHBOARD_CALLBACK": "auth_project.figures.admin.first_page",
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
if PRODUCTION:
    production.check(
        hosts=ALLOWED_HOSTS,
        origins=CORS_ALLOWED_ORIGINS,
        proxies=TRUSTED_PROXIES,
        https=REQUIRE_HTTPS,
        public={"AUTH_ISSUER": AUTH_ISSUER},
    )

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = "auth_project.staff.formats"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
