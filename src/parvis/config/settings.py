"""Settings, read from the environment and checked at startup.

Each variable is declared in `ENVIRONMENT` with its default and its meaning; a test compares it with
`docs/run/settings.md`. An undeclared PARVIS_ variable prevents the start, so that a typo is not silent.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured

from parvis.config.env_urls import (
    WEBHOOK_PROVIDERS,
    database,
    mail_problems,
    mail_server,
    mailbox_passwords,
    received_storage,
)

ENVIRONMENT: dict[str, tuple[str, str]] = {
    "DATABASE_URL": ("", "database; empty: SQLite in PARVIS_DATA. postgres://user:password@host:port/name"),
    "PARVIS_DATA": ("var", "folder of the database, the files received and the keys"),
    "PARVIS_DEMO": ("0", "1: sample accounts, /dev/ pages, choice of role without a second factor. Loopback only"),
    "PARVIS_NOW": ("", "freezes the clock at this ISO 8601 moment; demo only"),
    "PARVIS_TIME_ZONE": ("America/Toronto", "time zone of the town: its days, its hours, its promises"),
    "PARVIS_SECRET_KEY": ("", "secret that signs sessions and links; at least 50 characters. Required outside demo"),
    "PARVIS_HOSTS": ("", "host names served, separated by commas. Required outside demo"),
    "PARVIS_URL": ("", "address of the site as citizens see it, https://... Required outside demo"),
    "PARVIS_PROXY": ("0", "1: a reverse proxy sets X-Forwarded-Proto and X-Forwarded-For, and they may be trusted"),
    "PARVIS_SMTP_URL": (
        "",
        "smtp://user:password@host:port, smtp+tls:// (STARTTLS) or smtps://. Empty in demo: /dev/mail/",
    ),
    "PARVIS_MAIL_FROM": ("", "sender of every message, Name <address>. Empty: the town's address"),
    "PARVIS_MAIL_SUBADDRESSES": (
        "",
        "1: answers come to info+<request>@..., delivery reports to info+<letter>@..., which the mail server must "
        "deliver to info@... (RFC 5233); 0: to the town's address. Empty: 1 in demo, otherwise 0",
    ),
    "PARVIS_MAIL_PASSWORDS": (
        "",
        "passwords of the mailboxes of mailboxes.yaml: info=secret loisirs=other, percent-encoded, separated by spaces",
    ),
    "PARVIS_MAIL_LISTEN": (
        "",
        "where the town's mail server delivers: lmtp://127.0.0.1:2424, or smtp://. Empty: nowhere",
    ),
    "PARVIS_MAIL_WEBHOOK": (
        "",
        "provider that delivers to /hooks/mail/<provider>/inbound/: " + ", ".join(WEBHOOK_PROVIDERS),
    ),
    "PARVIS_MAIL_WEBHOOK_SECRET": ("", "user:password that this provider gives (HTTP basic authentication)"),
    "PARVIS_ALARM_SMTP_URL": (
        "",
        "another mail server, for the alarms about mail: in the form of PARVIS_SMTP_URL. Empty: the same one",
    ),
    "PARVIS_FILES_URL": (
        "",
        "where received files are kept; empty: the folder received of PARVIS_DATA. "
        "s3://bucket/folder?endpoint=https://...&region=...",
    ),
    "PARVIS_FILES_KEY": ("", "access key of that bucket; empty: the machine's own (AWS_*, or its role)"),
    "PARVIS_FILES_SECRET": ("", "secret key of that bucket"),
    "PARVIS_ENCODER": ("use", "what compares meanings: use (the sentence encoder), none, or the path of a class"),
    "PARVIS_LOG_FORMAT": ("json", "json or plain"),
    "PARVIS_LOG_LEVEL": ("INFO", "DEBUG, INFO, WARNING or ERROR"),
    "PARVIS_WEB_WORKERS": ("2", "web server processes"),
    "PARVIS_WEB_THREADS": ("", "threads in each of them; empty: 1 on SQLite, 4 on PostgreSQL"),
    "PARVIS_JOB_WORKERS": ("1", "background worker processes"),
    "PARVIS_JOB_RETRY": ("60", "seconds after which a job that was not acknowledged is given again"),
}


def read(environ: Mapping[str, str]) -> dict[str, str]:
    """The declared variables with their values; ImproperlyConfigured names the undeclared ones."""
    unknown = sorted(name for name in environ if name.startswith("PARVIS_") and name not in ENVIRONMENT)
    if unknown:
        raise ImproperlyConfigured(f"Unknown settings: {', '.join(unknown)}. See docs/run/settings.md.")
    return {name: environ.get(name, "").strip() or default for name, (default, _) in ENVIRONMENT.items()}


def problems(env: Mapping[str, str]) -> list[str]:
    """Errors that prevent the start, one sentence each; empty when the settings are valid."""
    result = []
    hosts = [host.strip() for host in env["PARVIS_HOSTS"].split(",") if host.strip()]
    demo = env["PARVIS_DEMO"] == "1"
    for name in ("PARVIS_DEMO", "PARVIS_PROXY"):
        if env[name] not in ("0", "1"):
            result.append(f"{name} must be 0 or 1.")
    if env["PARVIS_MAIL_SUBADDRESSES"] not in ("", "0", "1"):
        result.append("PARVIS_MAIL_SUBADDRESSES must be 0 or 1.")
    result += mail_problems(env)
    for name in ("PARVIS_WEB_WORKERS", "PARVIS_WEB_THREADS", "PARVIS_JOB_WORKERS", "PARVIS_JOB_RETRY"):
        if env[name] and (not env[name].isdigit() or int(env[name]) < 1):
            result.append(f"{name} must be a whole number above 0.")
    if env["PARVIS_LOG_FORMAT"] not in ("json", "plain"):
        result.append("PARVIS_LOG_FORMAT must be json or plain.")
    if env["PARVIS_LOG_LEVEL"] not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        result.append("PARVIS_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")
    if env["PARVIS_TIME_ZONE"] not in available_timezones():
        result.append("PARVIS_TIME_ZONE must be the name of a time zone, such as America/Toronto.")
    if bool(env["PARVIS_FILES_KEY"]) != bool(env["PARVIS_FILES_SECRET"]):
        result.append("PARVIS_FILES_KEY and PARVIS_FILES_SECRET go together.")
    if env["PARVIS_ENCODER"] not in ("use", "none") and "." not in env["PARVIS_ENCODER"]:
        result.append("PARVIS_ENCODER must be use, none, or the dotted path of a class.")
    try:
        received_storage(env, Path())
    except ImproperlyConfigured as error:
        result.append(str(error))
    if demo:
        if any(host not in ("localhost", "127.0.0.1", "[::1]", "testserver") for host in hosts):
            result.append("PARVIS_DEMO=1 opens every account: it is refused when PARVIS_HOSTS names a public host.")
        return result
    if env["PARVIS_NOW"]:
        result.append("PARVIS_NOW freezes the clock: it is accepted only with PARVIS_DEMO=1.")
    if len(env["PARVIS_SECRET_KEY"]) < 50:
        result.append("PARVIS_SECRET_KEY must hold at least 50 characters.")
    if not hosts:
        result.append("PARVIS_HOSTS must name the hosts served.")
    if urlsplit(env["PARVIS_URL"]).scheme not in ("http", "https"):
        result.append("PARVIS_URL must be the address of the site, such as https://service.ville.example.")
    if not env["PARVIS_SMTP_URL"]:
        result.append("PARVIS_SMTP_URL must say which server sends the mail.")
    return result


for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")  # numpy's threads would compete with the server's for the processors

env = read(os.environ)
if wrong := problems(env):
    raise ImproperlyConfigured("Parvis cannot start:\n- " + "\n- ".join(wrong))

PARVIS_DEMO = env["PARVIS_DEMO"] == "1"
PARVIS_NOW = env["PARVIS_NOW"]
PARVIS_DATA = Path(env["PARVIS_DATA"]).resolve()
PARVIS_DATA.mkdir(parents=True, exist_ok=True)
PARVIS_WEB_WORKERS = int(env["PARVIS_WEB_WORKERS"])
PARVIS_MAIL_FROM = env["PARVIS_MAIL_FROM"]
PARVIS_MAIL_SUBADDRESSES = (env["PARVIS_MAIL_SUBADDRESSES"] or env["PARVIS_DEMO"]) == "1"
PARVIS_MAIL_PASSWORDS = mailbox_passwords(env["PARVIS_MAIL_PASSWORDS"])
PARVIS_MAIL_LISTEN = env["PARVIS_MAIL_LISTEN"]
PARVIS_MAIL_WEBHOOK = env["PARVIS_MAIL_WEBHOOK"]
ANYMAIL = {"WEBHOOK_SECRET": env["PARVIS_MAIL_WEBHOOK_SECRET"]}
PARVIS_ALARM_SERVER = mail_server(env["PARVIS_ALARM_SMTP_URL"]) if env["PARVIS_ALARM_SMTP_URL"] else {}
PARVIS_MAILBOX = PARVIS_DEMO and not env["PARVIS_SMTP_URL"]
PARVIS_ENCODER = env["PARVIS_ENCODER"]
PARVIS_URL = (env["PARVIS_URL"] or f"http://127.0.0.1:{os.environ.get('PORT', '8000')}").rstrip("/")

DEBUG = False
SECRET_KEY = env["PARVIS_SECRET_KEY"] or "demo only: every account is open, so nothing is left for this key to protect"
ALLOWED_HOSTS = [h.strip() for h in env["PARVIS_HOSTS"].split(",") if h.strip()] or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PARVIS_URL] if env["PARVIS_URL"] else []
ROOT_URLCONF = "parvis.config.urls"
WSGI_APPLICATION = "parvis.config.wsgi.application"
AUTH_USER_MODEL = "directory.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_ID = 1

INSTALLED_APPS = [
    "parvis.operations.importing",
    *(f"parvis.surfaces.{app}" for app in ("public", "desk", "editor", "dev")),
    *(f"parvis.apps.{app}" for app in ("identity", "insight", "workspace", "intake", "cases")),
    *(f"parvis.apps.{app}" for app in ("matching", "calculators", "content", "residents", "mail", "files", "search")),
    *(f"parvis.apps.{app}" for app in ("catalogue", "schedules", "places", "directory")),
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
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "parvis.apps.identity.web.middleware.SecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "parvis.apps.identity.web.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "parvis.apps.identity.web.characters.WithoutNul",
    "parvis.apps.identity.web.characters.PossibleIds",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
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
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": database(env["DATABASE_URL"], PARVIS_DATA)}
# Threads help while requests wait for PostgreSQL; SQLite never waits (ADR 0033).
PARVIS_WEB_THREADS = int(env["PARVIS_WEB_THREADS"] or (1 if "sqlite" in DATABASES["default"]["ENGINE"] else 4))
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "parvis_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},  # beyond, live rows are evicted, including the counts of `lib.limits`
    },
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
Q_CLUSTER = {
    "name": "parvis",
    "orm": "default",
    "workers": int(env["PARVIS_JOB_WORKERS"]),
    "retry": int(env["PARVIS_JOB_RETRY"]),
    "timeout": max(1, int(env["PARVIS_JOB_RETRY"]) - 5),
    "max_attempts": 20,
    "ack_failures": False,
    "save_limit": -1,
    "bulk": 10,
    "poll": 0.2,
    "recycle": 5000,
    "catch_up": False,
    "label": "Parvis",
    "cache": "local",
    "scheduler": True,
}

AUTHENTICATION_BACKENDS = ["parvis.apps.identity.web.backend.Backend"]
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
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "login": "30/m/ip", "reset_password": "10/m/ip,3/m/key"}
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
TIME_ZONE = env["PARVIS_TIME_ZONE"]
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = PARVIS_DATA / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = PARVIS_DATA / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "received": received_storage(env, PARVIS_DATA),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# A webhook gives a whole message in the body of a request, files included.
DATA_UPLOAD_MAX_MEMORY_SIZE = 60_000_000 if PARVIS_MAIL_WEBHOOK else 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

if env["PARVIS_SMTP_URL"]:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    globals().update(mail_server(env["PARVIS_SMTP_URL"]))
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

_SELF = ["'self'"]
CONTENT_SECURITY_POLICY: dict[str, dict[str, list[str]]] = {
    "DIRECTIVES": {
        "default-src": _SELF,
        "script-src": _SELF,
        "style-src": _SELF,
        "font-src": _SELF,
        "connect-src": _SELF,
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
PARVIS_PROXY = env["PARVIS_PROXY"] == "1"
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
            "formatter": env["PARVIS_LOG_FORMAT"],
            "filters": ["request", "secrets"],
        }
    },
    "root": {"handlers": ["console"], "level": env["PARVIS_LOG_LEVEL"]},
    "loggers": {
        "django-q": {"level": "WARNING"},
        "wagtail": {"level": "WARNING"},
        "django_tasks": {"level": "WARNING"},
        "waitress": {"level": "WARNING"},  # lower levels log URLs, some of which hold a secret
        "waitress.queue": {"level": "ERROR"},  # a queued request is not a fault
        "django.request": {"filters": ["secrets"]},
        "django.security.csrf": {"filters": ["secrets"]},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
