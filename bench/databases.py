"""The databases of a run: SQLite in a folder, or one of several of PostgreSQL named after the one that was given."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


def named(url: str, suffix: str) -> str:
    """The address of a database beside that one: its name, an underscore, the suffix. "" stays ""."""
    return f"{url.rstrip('/')}_{suffix}" if url else ""


def recreate(url: str) -> None:
    """Drops that PostgreSQL database if it exists, and makes it again, empty."""
    drop(url)
    with _server(url) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(_name(url)))


def drop(url: str) -> None:
    """Drops that PostgreSQL database if it exists."""
    with _server(url) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(_name(url)))


def exists(url: str) -> bool:
    """Whether there is such a PostgreSQL database."""
    with _server(url) as server:
        name = urlsplit(url).path.lstrip("/")
        return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def settle(url: str) -> None:
    """Leaves a freshly loaded PostgreSQL database as its own housekeeping would after a while."""
    with psycopg.connect(_libpq(url), autocommit=True) as server:
        server.execute("VACUUM ANALYZE")


def value(query: str, url: str, file: Path) -> Any:
    """The first column of the first row of a query, in PostgreSQL when there is an address, else in that file."""
    if url:
        with psycopg.connect(_libpq(url)) as server:
            row = server.execute(query.encode()).fetchone()
    else:
        with closing(sqlite3.connect(file, timeout=20)) as lite:
            row = lite.execute(query).fetchone()
    return row[0] if row else None


def _libpq(url: str) -> str:
    return urlsplit(url)._replace(scheme="postgresql").geturl()


def _name(url: str) -> sql.Identifier:
    return sql.Identifier(urlsplit(url).path.lstrip("/"))


def _server(url: str) -> "psycopg.Connection[Any]":
    address = urlsplit(url)._replace(scheme="postgresql", path="/postgres").geturl()
    return psycopg.connect(address, autocommit=True)
