"""Settings, read from the environment (`config.environment`) and checked at startup."""

import os
from pathlib import Path
from typing import Any

from parvis.config.env_urls import map_tiles_host
from parvis.config.environment import checked

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")  # numpy's threads would compete with the server's for the processors

env = checked()

PARVIS_DEMO = env.PARVIS_DEMO
PARVIS_NOW = env.PARVIS_NOW
PARVIS_DATA = env.PARVIS_DATA
PARVIS_DATA.mkdir(parents=True, exist_ok=True)
PARVIS_WEB_WORKERS = env.PARVIS_WEB_WORKERS
PARVIS_MAIL_FROM = env.PARVIS_MAIL_FROM
PARVIS_MAIL_SUBADDRESSES = env.PARVIS_MAIL_SUBADDRESSES == "1" if env.PARVIS_MAIL_SUBADDRESSES else PARVIS_DEMO
PARVIS_MAIL_PASSWORDS = env.PARVIS_MAIL_PASSWORDS
PARVIS_MAIL_LISTEN = env.PARVIS_MAIL_LISTEN
PARVIS_MAIL_WEBHOOK = env.PARVIS_MAIL_WEBHOOK
ANYMAIL = {"WEBHOOK_SECRET": env.PARVIS_MAIL_WEBHOOK_SECRET}
PARVIS_NEWSLETTER_RATE = env.PARVIS_NEWSLETTER_RATE
PARVIS_NEWSLETTER_DOMAIN_RATE = env.PARVIS_NEWSLETTER_DOMAIN_RATE
PARVIS_DKIM_SELECTOR = env.PARVIS_DKIM_SELECTOR
PARVIS_DNS_SERVER = env.PARVIS_DNS_SERVER
PARVIS_ALARM_SERVER = env.PARVIS_ALARM_SMTP_URL
PARVIS_MAILBOX = PARVIS_DEMO and not env.PARVIS_SMTP_URL
PARVIS_CLAMAV = env.PARVIS_CLAMAV
PARVIS_TEXTS = env.PARVIS_TEXTS_URL
PARVIS_TEXTS_KEPT = PARVIS_DEMO and not PARVIS_TEXTS
PARVIS_TEXTS_A_DAY = env.PARVIS_TEXTS_A_DAY
PARVIS_TEXTS_PRICE = env.PARVIS_TEXTS_PRICE
PARVIS_VOICE = env.PARVIS_VOICE_URL
PARVIS_VOICE_KEPT = PARVIS_DEMO and not PARVIS_VOICE
PARVIS_VOICE_LINES = env.PARVIS_VOICE_LINES
PARVIS_VOICE_RECALLS = env.PARVIS_VOICE_RECALLS
PARVIS_VOICE_RECALL_MACHINES = env.PARVIS_VOICE_RECALL_MACHINES
PARVIS_VOICE_HOURS = env.PARVIS_VOICE_HOURS
PARVIS_EMERGENCY_DECIDERS = env.PARVIS_EMERGENCY_DECIDERS
PARVIS_FACEBOOK = env.PARVIS_FACEBOOK_APP
PARVIS_GRAPH_VERSION = env.PARVIS_GRAPH_VERSION
# Hosts of social networks that are called though not public, without https: stand-ins.
PARVIS_SOCIAL_TRUSTED_HOSTS: frozenset[str] = frozenset({"127.0.0.1", "localhost"} if PARVIS_DEMO else ())
PARVIS_REFUND_ALONE_CENTS = env.PARVIS_REFUND_ALONE_CENTS
PARVIS_REFUNDS_ALONE = env.PARVIS_REFUNDS_ALONE
PARVIS_STRIPE = env.PARVIS_STRIPE_URL
PARVIS_PAYMENTS = "stripe" if PARVIS_STRIPE else ""
# The stand-in of the demonstration, which `parvis run` starts beside it.
PARVIS_PAYMENTS_STANDIN = bool(PARVIS_STRIPE) and not PARVIS_STRIPE["base"]
if PARVIS_PAYMENTS_STANDIN:
    PARVIS_STRIPE["base"] = f"http://127.0.0.1:{int(os.environ.get('PORT', '8000')) + 1}"
PARVIS_UNPAID_HOUSEHOLD = env.PARVIS_UNPAID_HOUSEHOLD
PARVIS_UNPAID_ACCOUNT = env.PARVIS_UNPAID_ACCOUNT
PARVIS_UNPAID_SHARE = env.PARVIS_UNPAID_SHARE
PARVIS_UNPAID_SHARE_LEAST = env.PARVIS_UNPAID_SHARE_LEAST
PARVIS_DECLARED_PEOPLE = env.PARVIS_DECLARED_PEOPLE
PARVIS_COUNTER_AFTER_HOURS = env.PARVIS_COUNTER_AFTER_HOURS
PARVIS_COUNTER_UNSEEN_DAYS = env.PARVIS_COUNTER_UNSEEN_DAYS
PARVIS_PUSH_SERVICES = env.PARVIS_PUSH_SERVICES
PARVIS_PANEL_NOTICE_DAYS = env.PARVIS_PANEL_NOTICE_DAYS
PARVIS_PANEL_YEARLY = env.PARVIS_PANEL_YEARLY
PARVIS_ENCODER = env.PARVIS_ENCODER
PARVIS_EMBED_ORIGINS = env.PARVIS_EMBED_ORIGINS
MAP_FILE = PARVIS_DATA / "map.pmtiles"
MAP_TILES = env.PARVIS_MAP_TILES
MAP_CREDIT = env.PARVIS_MAP_CREDIT
PARVIS_MEDIA_TRUSTED_HOSTS: frozenset[str] = frozenset()  # hosts asked for pictures though not public: in tests only
# Hosts to which webhooks may be sent though not public, without https.
PARVIS_WEBHOOK_TRUSTED_HOSTS: frozenset[str] = frozenset({"127.0.0.1", "localhost"} if PARVIS_DEMO else ())
# Open311 servers of other bodies that are called though not public, without https.
PARVIS_OPEN311_TRUSTED_HOSTS: frozenset[str] = frozenset({"127.0.0.1", "localhost"} if PARVIS_DEMO else ())
PARVIS_URL = (env.PARVIS_URL or f"http://127.0.0.1:{os.environ.get('PORT', '8000')}").rstrip("/")

DEBUG = False
SECRET_KEY = env.PARVIS_SECRET_KEY or "demo only: every account is open, so nothing is left for this key to protect"
ALLOWED_HOSTS = env.PARVIS_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PARVIS_URL] if env.PARVIS_URL else []
ROOT_URLCONF = "parvis.config.urls"
WSGI_APPLICATION = "parvis.config.wsgi.application"
AUTH_USER_MODEL = "directory.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_ID = 1

INSTALLED_APPS = [
    "parvis.operations.importing",
    *(f"parvis.surfaces.{app}" for app in ("public", "desk", "editor", "dev", "open311", "api", "panels")),
    *(
        f"parvis.apps.{app}"
        for app in (
            *("identity", "insight", "leisure", "outreach", "workspace", "open311", "integrations"),
            *("intake", "cases", "billing", "households"),
        )
    ),
    *(
        f"parvis.apps.{app}"
        for app in (
            "matching",
            "calculators",
            "content",
            "news",
            "panels",
            "residents",
            "mail",
            "push",
            "social",
            "telephony",
            "outbox",
            "files",
            "search",
        )
    ),
    *(
        f"parvis.apps.{app}"
        for app in ("newsletter", "catalogue", "schedules", "places", "privacy", "retention", "directory")
    ),
    *(f"parvis.apps.{app}" for app in ("idempotency", "throttling")),
    "parvis.ui",
    "anymail",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.users",
    "wagtail.admin",
    "wagtail.sites",
    "wagtail.search",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_q",
    "whitenoise.runserver_nostatic",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "parvis.apps.identity.web.middleware.RequestId",
    "parvis.apps.identity.web.probes.Probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "parvis.surfaces.public.compressed.CompressedPages",
    "parvis.apps.identity.web.middleware.SecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "parvis.apps.identity.web.middleware.Language",
    "parvis.surfaces.api.middleware.ApiAnswers",
    "django.middleware.common.CommonMiddleware",
    "parvis.apps.identity.web.characters.PossibleIds",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "parvis.surfaces.public.every_post.EveryPost",
    "parvis.surfaces.public.characters.NoNul",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "parvis.apps.identity.web.middleware.StaffAccess",
    "parvis.apps.identity.web.middleware.Refusals",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "parvis.ui.context.look",
                "parvis.apps.identity.web.context.town",
                "parvis.surfaces.public.context.site",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.DATABASE_URL}
# Threads help while requests wait for PostgreSQL; SQLite never waits (ADR 0033).
PARVIS_WEB_THREADS = env.PARVIS_WEB_THREADS or (1 if "sqlite" in DATABASES["default"]["ENGINE"] else 4)
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "parvis_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},  # beyond, live rows are evicted: no count of a limit is here
    },
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
PARVIS_JOB_RETRY = env.PARVIS_JOB_RETRY
Q_CLUSTER = {
    "name": "parvis",
    "orm": "default",
    "workers": env.PARVIS_JOB_WORKERS,
    "retry": PARVIS_JOB_RETRY,
    "timeout": max(1, PARVIS_JOB_RETRY - 5),
    "max_attempts": 20,
    "ack_failures": False,
    "save_limit": -1,
    "bulk": 10,
    "poll": 0.2,
    "recycle": 5000,
    "catch_up": False,
    "label": "Parvis",
    "cache": "local",
    "scheduler": False,  # `runtime.worker` has it look at the schedules, once for its two clusters
}

AUTHENTICATION_BACKENDS = ["parvis.apps.identity.web.backend.Backend"]
PASSWORD_HASHERS = ["parvis.apps.identity.web.hashing.OneAtATime"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
] + [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}}]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:home"
ACCOUNT_ADAPTER = "parvis.apps.identity.web.adapter.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_FORMS = {
    "login": "parvis.apps.identity.web.forms.SignInForm",
    "reset_password": "parvis.apps.identity.web.forms.ForgottenForm",
    "reset_password_from_key": "parvis.apps.identity.web.forms.NewPasswordForm",
    "set_password": "parvis.apps.identity.web.forms.FirstPasswordForm",
    "change_password": "parvis.apps.identity.web.forms.ChangePasswordForm",
    "reauthenticate": "parvis.apps.identity.web.forms.PasswordAgainForm",
}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_SESSION_COOKIE_AGE = 12 * 3600
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_RATE_LIMITS = False  # allauth counts in the cache, which evicts: `identity.web.attempts` counts instead
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Parvis"
MFA_TOTP_TOLERANCE = 1
MFA_ADAPTER = "parvis.apps.identity.web.adapter.FactorAdapter"
MFA_FORMS = {
    "authenticate": "parvis.apps.identity.web.forms.CodeForm",
    "reauthenticate": "parvis.apps.identity.web.forms.CodeAgainForm",
    "activate_totp": "parvis.apps.identity.web.forms.SetUpForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True
PASSWORD_RESET_TIMEOUT = 3600

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "lang"
TIME_ZONE = env.PARVIS_TIME_ZONE
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [Path(__file__).parents[1] / "locale"]  # one catalogue of all the apps (operations.translations)

STATIC_URL = "/static/"
STATIC_ROOT = PARVIS_DATA / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = PARVIS_DATA / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "received": env.PARVIS_FILES_URL,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# A webhook gives a whole message in the body of a request, files included.
DATA_UPLOAD_MAX_MEMORY_SIZE = 60_000_000 if PARVIS_MAIL_WEBHOOK else 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

EMAIL_BACKEND = "parvis.apps.mail.web.queueing.QueueBackend"  # of libraries; letters leave by PARVIS_MAIL_BACKEND
if env.PARVIS_SMTP_URL:
    PARVIS_MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    globals().update(env.PARVIS_SMTP_URL)
else:
    PARVIS_MAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

_SELF = ["'self'"]
CONTENT_SECURITY_POLICY: dict[str, dict[str, list[str]]] = {
    "DIRECTIVES": {
        "default-src": _SELF,
        "script-src": _SELF,
        "style-src": _SELF,
        "font-src": _SELF,
        "connect-src": [*_SELF, *map_tiles_host(MAP_TILES)],
        "img-src": [*_SELF, "data:"],
        "frame-src": _SELF,
        "frame-ancestors": ["'none'"],
        "form-action": _SELF,
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    },
}
# For Wagtail's admin pages, which use inline scripts and styles, and blob: images.
EDITION_SECURITY_POLICY = CONTENT_SECURITY_POLICY["DIRECTIVES"] | {
    "script-src": [*_SELF, "'unsafe-inline'"],
    "style-src": [*_SELF, "'unsafe-inline'"],
    "img-src": [*_SELF, "data:", "blob:"],
    "frame-ancestors": _SELF,
}
SESSION_ENGINE = "parvis.apps.identity.web.sessions"
SESSION_COOKIE_NAME = "parvis"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PARVIS_URL.startswith("https://")
CSRF_FAILURE_VIEW = "parvis.ui.views.csrf_failure"
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if PARVIS_URL.startswith("https://") else 0
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"]
PARVIS_PROXY = env.PARVIS_PROXY
if PARVIS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

WAGTAIL_SITE_NAME = "Parvis"
WAGTAILADMIN_BASE_URL = PARVIS_URL
WAGTAIL_FRONTEND_LOGIN_URL = "/staff/login/"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
WAGTAIL_I18N_ENABLED = False
# No page shows images uploaded in Wagtail; processing one must cost no more than a received photo.
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 25_000_000
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request": {"()": "parvis.lib.logs.RequestIdFilter"},
        "secrets": {"()": "parvis.lib.logs.SecretsFilter"},
        "emails": {"()": "parvis.lib.logs.EmailsFilter"},
    },
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
        },
        "plain": {"format": "%(asctime)s %(levelname)s [%(request_id)s] %(name)s: %(message)s"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.PARVIS_LOG_FORMAT,
            "filters": ["request", "secrets", "emails"],
        }
    },
    "root": {"handlers": ["console"], "level": env.PARVIS_LOG_LEVEL},
    "loggers": {
        "django-q": {"level": "WARNING"},
        "wagtail": {"level": "WARNING"},
        "django_tasks": {"level": "WARNING"},
        "waitress": {"level": "WARNING"},  # lower levels log URLs, some of which hold a secret
        "urllib3": {"level": "WARNING"},  # the same
        "stripe": {"level": "WARNING"},  # a line for each request
        "mail.log": {"level": "WARNING"},  # aiosmtpd, whose lower levels log each command of a delivery
        "waitress.queue": {"level": "ERROR"},  # a queued request is not a fault
        "django.request": {"filters": ["secrets"]},
        "django.security.csrf": {"filters": ["secrets"]},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
