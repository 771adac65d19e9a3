"""A service with nothing but the common library, for its tests."""

from shared import defaults
from shared.logs import logging_config

SECRET_KEY = "a key for tests that has no other purpose and sixty characters"
ROOT_URLCONF = "tests.shared.urls"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
USE_TZ = True
DATABASES: dict[str, object] = {}
INSTALLED_APPS = ["rest_framework", "drf_spectacular", "drf_spectacular_sidecar"]
MIDDLEWARE = [name for name in defaults.MIDDLEWARE if name.startswith(("shared.", "django.middleware.security"))]
TEMPLATES = defaults.TEMPLATES
REST_FRAMEWORK = defaults.rest_framework(authentication=["tests.shared.authentication.Bearer"])
SPECTACULAR_SETTINGS = defaults.spectacular(title="Test", description="Nothing but the common library.")
RATE_LIMIT_STORE = "tests.shared.memory_counters.store"
RATE_LIMIT_SCALE = 1
IDEMPOTENCY_STORE = "tests.shared.memory_store.store"
LOGGING = logging_config(service="test", level="INFO", log_format="json", pseudonym_key=SECRET_KEY)
TRUSTED_PROXIES = ["10.0.0.0/8"]
REQUIRE_HTTPS = False
globals().update(defaults.security(https=False))
