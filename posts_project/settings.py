"""Settings of the Posts service: all from the environment (.env.example), read once; a bad value refuses to start."""

from urllib.parse import unquote, urlsplit

from posts_project import postgres_url
from posts_project.storage import media_storage
from posts_project.streaming import redis_url
from shared import defaults, production, tracing
from shared.env import ENVIRONMENTS, Env
from shared.logs import logging_config

env = Env.read()

ENVIRONMENT = env.choice("ENVIRONMENT", "production", among=ENVIRONMENTS)
PRODUCTION = ENVIRONMENT == "production"
DEBUG = False

SECRET_KEY = env.secret("POSTS_SECRET_KEY", at_least=50)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CORS_ALLOWED_ORIGINS = env.words("CORS_ALLOWED_ORIGINS", [])
CORS_EXPOSE_HEADERS = ["ETag", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"]
POSTS_PUBLIC_URL = env.url("POSTS_PUBLIC_URL", f"http://127.0.0.1:{env.integer('POSTS_PORT', 8002)}")
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES", [])
RATE_LIMIT_SCALE = env.integer("RATE_LIMIT_SCALE", 1, at_least=1)
METRICS_PORT = env.integer("METRICS_PORT", 0, at_most=65_535)  # of the worker; 0: none
tracing.check(env.text("OTEL_EXPORTER_OTLP_ENDPOINT", ""))

# The other service, and how each knows the other
AUTH_BASE_URL = env.url("AUTH_BASE_URL")
if PRODUCTION:
    production.check_peer("AUTH_BASE_URL", AUTH_BASE_URL, without_tls=env.flag("AUTH_WITHOUT_TLS", False))
PEER_CA_FILE = env.file("PEER_CA_FILE")
AUTH_ISSUER = env.url("AUTH_ISSUER")
AUTH_SERVICE_JWKS_FILE = env.path("AUTH_SERVICE_JWKS_FILE")
POSTS_SERVICE_KEY_FILE = env.path("POSTS_SERVICE_KEY_FILE")
AUTH_KEYS_REFRESH_SECONDS = env.integer("AUTH_KEYS_REFRESH_SECONDS", 300, at_least=1, at_most=300)

# Timelines (see feeds.models)
FANOUT_INLINE_FOLLOWERS = env.integer("FANOUT_INLINE_FOLLOWERS", 100)  # more go to a queued job
FANOUT_PAGE_FOLLOWERS = env.integer("FANOUT_PAGE_FOLLOWERS", 2_000, at_least=1)  # per transaction of that job
PULL_FOLLOWERS = env.integer("PULL_FOLLOWERS", 2_000, at_least=1)  # authors above are merged at read
TIMELINE_ENTRIES = env.integer("TIMELINE_ENTRIES", 800, at_least=1)  # kept for each owner
TIMELINE_IDLE_DAYS = env.integer("TIMELINE_IDLE_DAYS", 30, at_least=1)  # then an owner's timeline is dropped
NOTIFICATION_DAYS = env.integer("NOTIFICATION_DAYS", 90, at_least=1)  # then a notification is forgotten
REDIS_URL = redis_url(  # by which streams hear of what is new; none: PostgreSQL
    env.secret("REDIS_URL", "", at_least=0), encrypted=PRODUCTION and not env.flag("REDIS_WITHOUT_TLS", False)
)
STREAMS_PER_PROCESS = env.integer("STREAMS_PER_PROCESS", 500)  # open at once; 0: none
INBOX_DAYS = env.integer("INBOX_DAYS", 30, at_least=1)  # how long a second delivery is recognised

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "posts_project.revocations",
    "posts_project.staff",
    "posts_project.figures",
    "posts_project.idempotency",
    "posts_project.throttling",
    "posts_project.events",
    "posts_project.profiles",
    "posts_project.follows",
    "posts_project.filters",
    "posts_project.lists",
    "posts_project.media",
    "posts_project.posts",
    "posts_project.feeds",
    "posts_project.drafts",
    "posts_project.notifications",
    "posts_project.stream",
    "posts_project.moderation",
    "posts_project.imports",
    "posts_project.search",
    "posts_project.trends",
    "posts_project.tags",
    "posts_project.worker",
    "posts_project.demo",
]

MIDDLEWARE = defaults.MIDDLEWARE
TEMPLATES = defaults.TEMPLATES
ROOT_URLCONF = "posts_project.urls"
WSGI_APPLICATION = "posts_project.wsgi.application"
# For who came to the admin site's sign-in by itself, and not from one of its pages.
LOGIN_REDIRECT_URL = "admin:index"

REQUIRE_HTTPS = env.flag("REQUIRE_HTTPS", PRODUCTION)
globals().update(defaults.security(https=REQUIRE_HTTPS))

# The database: a pool as large as the server has threads. Prepared statements need both of the last two options
# (architecture.md, decision 14); `migrate` turns the first of them off (worker/management/commands/migrate.py).
_database = urlsplit(env.url("POSTGRES_URL", schemes=("postgresql", "postgres")))
if PRODUCTION:
    postgres_url.check(_database, without_tls=env.flag("POSTGRES_WITHOUT_TLS", False))

POOL_SIZE = env.integer("POSTGRES_POOL_SIZE", 4, at_least=1)
STATEMENT_TIMEOUT_SECONDS = env.integer("POSTGRES_STATEMENT_TIMEOUT_SECONDS", 10, at_least=1)

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _database.hostname or "",
        "PORT": _database.port or 5432,
        "USER": unquote(_database.username or ""),
        "PASSWORD": env.secret("POSTGRES_PASSWORD", unquote(_database.password or ""), at_least=0),
        "NAME": _database.path.lstrip("/"),
        "OPTIONS": {
            **postgres_url.options(_database),
            "connect_timeout": 3,
            # Planning a page takes longer than reading it, and by its own estimate PostgreSQL would plan the home
            # timeline anew at every call: values make no difference to these plans, so one is made for all of them.
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_SECONDS}s -c timezone=UTC -c jit=off"
            " -c plan_cache_mode=force_generic_plan",
            # After an outage the next request connects, rather than the end of an ever longer pause.
            "pool": {"min_size": 1, "max_size": POOL_SIZE, "timeout": 2, "reconnect_timeout": 1},
            "server_side_binding": True,
            "prepare_threshold": 0,
        },
    }
}
# How long `serve`, `worker` and `migrate` wait for it before they give up.
DATABASE_WAIT_SECONDS = env.seconds("DATABASE_WAIT_SECONDS", 60, at_most=3600)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"  # our own models all have snowflakes or keys of two columns
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}}}

# Staff of the admin site sign in through Auth; a superuser made here works without it.
AUTH_USER_MODEL = "staff.StaffUser"
AUTHENTICATION_BACKENDS = [
    "posts_project.staff.backends.AuthServiceBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "admin:login"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True

# Pictures: in a folder, or in a bucket (docs/media.md), and where clients find them.
DATA_DIR = env.path("DATA_DIR", ".data")
POSTS_MEDIA_ROOT = env.path("POSTS_MEDIA_ROOT", DATA_DIR / "media" / "posts")
POSTS_MEDIA_S3_BUCKET = env.text("POSTS_MEDIA_S3_BUCKET", "")
POSTS_MEDIA_URL = env.url("POSTS_MEDIA_URL", f"{POSTS_PUBLIC_URL}/media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing is kept there
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "media": media_storage(
        folder=POSTS_MEDIA_ROOT,
        bucket=POSTS_MEDIA_S3_BUCKET,
        endpoint=env.text("POSTS_MEDIA_S3_ENDPOINT", ""),
        region=env.text("POSTS_MEDIA_S3_REGION", ""),
    ),
}
globals().update(defaults.UPLOADS)

if PRODUCTION:
    production.check(
        hosts=ALLOWED_HOSTS,
        origins=CORS_ALLOWED_ORIGINS,
        proxies=TRUSTED_PROXIES,
        https=REQUIRE_HTTPS,
        public={
            "AUTH_ISSUER": AUTH_ISSUER,
            "POSTS_PUBLIC_URL": POSTS_PUBLIC_URL,
            "POSTS_MEDIA_URL": POSTS_MEDIA_URL,
        },
    )

LOGGING = logging_config(
    service="posts",
    level=env.choice("LOG_LEVEL", "INFO", among=["DEBUG", "INFO", "WARNING", "ERROR"]),
    log_format=env.choice("LOG_FORMAT", "json", among=["json", "console"]),
    pseudonym_key=env.secret("LOG_PSEUDONYM_KEY", SECRET_KEY),
)

IDEMPOTENCY_STORE = "posts_project.idempotency.store.store"
RATE_LIMIT_STORE = "posts_project.throttling.counters.store"
REST_FRAMEWORK = {
    **defaults.rest_framework(authentication=["posts_project.authentication.ViewerAuthentication"]),
    "EXCEPTION_HANDLER": "posts_project.errors.exception_handler",
}
SPECTACULAR_SETTINGS = defaults.spectacular(
    title="Posts",
    description="Posts, profiles, follows and timelines. Access tokens come from the Auth service.",
)

UNFOLD = {
    "SITE_TITLE": "Posts",
    "SITE_HEADER": "Posts",
    "LOGIN": {"form": "posts_project.staff.forms.SignInForm"},
    "DASHBOARD_CALLBACK": "posts_project.figures.admin.first_page",
    # In place of unfold's "Change password": passwords are Auth's.
    "ACCOUNT": {"navigation": [{"title": "API documents", "link": "/api/docs"}]},
}
