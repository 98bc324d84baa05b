"""Settings: as little as the example needs."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "an example has no secrets"
INSTALLED_APPS = ["certificates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

if host := os.environ.get("POSTGRES_HOST"):
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ.get("POSTGRES_DB", "postgres"),
            "USER": os.environ.get("POSTGRES_USER", "postgres"),
            "HOST": host,
        }
    }
elif socket := os.environ.get("MYSQL_SOCKET"):
    import pymysql

    pymysql.install_as_MySQLdb()  # or install mysqlclient
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.mysql",
            "NAME": os.environ.get("MYSQL_DB", "certificates"),
            "USER": os.environ.get("MYSQL_USER", "root"),
            # Never "read uncommitted": numbers would be seen that are rolled back later.
            "OPTIONS": {
                "unix_socket": socket,
                "ssl_disabled": True,  # PyMySQL's; a socket needs none
                "charset": "utf8mb4",
                "isolation_level": os.environ.get("MYSQL_LEVEL", "read committed"),
            },
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ.get("SQLITE_FILE", BASE_DIR / "db.sqlite3"),
            # The write lock from the start, and no answer lost when the power is.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    }
