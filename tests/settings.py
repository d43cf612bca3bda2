"""The settings of the tests: the product's own, with a folder and a database of this run's own.

The database is SQLite unless `--pg` is given or TEST_DATABASE=postgres is set; then TEST_POSTGRES_URL is its server.
"""

import atexit
import os
import shutil
import sys
import tempfile
from urllib.parse import urlsplit

SERVER = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/parvis"


def _database_url() -> str:
    """Empty for SQLite; on PostgreSQL, a database named after this process, so that runs do not collide."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return os.environ["DATABASE_URL"]
    if "--pg" not in sys.argv and os.environ.get("TEST_DATABASE") != "postgres":
        return ""
    server = urlsplit(SERVER)
    return server._replace(path=f"{server.path}_{os.getpid()}").geturl()


_folder = tempfile.mkdtemp(prefix="parvis-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
_url = _database_url()
ON_POSTGRES = bool(_url)
for _name in [name for name in os.environ if name.startswith("PARVIS_")]:
    del os.environ[_name]
os.environ.update(PARVIS_DEMO="1", PARVIS_DATA=_folder, PARVIS_LOG_FORMAT="plain", DATABASE_URL=_url)
os.environ["PARVIS_ENCODER"] = "none"  # the tests that need embeddings turn it on

from parvis.config.settings import *  # noqa: E402, F403
from parvis.config.settings import DATABASES, STORAGES  # noqa: E402
from parvis.operations import translations  # noqa: E402

translations.compile_all()  # before Django loads them: a fresh clone has none compiled

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
PARVIS_MAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
if not _url:
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(_folder, "test.sqlite3")}
