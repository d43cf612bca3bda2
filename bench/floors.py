"""What the machine itself allows: an insert made durable, and a page of Django that does nothing."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import psycopg

from bench.client import Browser
from bench.figures import Timings
from bench.house import House

INSERTS = 2000
PAGES = 300
ROW = "Une requête de quarante mots, à peu près. " * 8


def sqlite_insert(folder: Path) -> Timings:
    """One row and one commit at a time, WAL, synchronous FULL, one writer."""
    path = folder / "floor.sqlite3"
    path.unlink(missing_ok=True)
    took = []
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=FULL")
        file.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, words TEXT)")
        began = time.perf_counter()
        for _ in range(INSERTS):
            start = time.perf_counter()
            file.execute("BEGIN IMMEDIATE")
            file.execute("INSERT INTO t (words) VALUES (?)", (ROW,))
            file.execute("COMMIT")
            took.append((time.perf_counter() - start) * 1000)
        return Timings.of(took, time.perf_counter() - began)


def postgres_insert(url: str) -> Timings:
    """One row and one commit at a time, on one connection."""
    took = []
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("CREATE TABLE IF NOT EXISTS bench_floor (id bigserial PRIMARY KEY, words text)")
        began = time.perf_counter()
        for _ in range(INSERTS):
            start = time.perf_counter()
            server.execute("INSERT INTO bench_floor (words) VALUES (%s)", (ROW,))
            took.append((time.perf_counter() - start) * 1000)
        seconds = time.perf_counter() - began
        server.execute("DROP TABLE bench_floor")
        return Timings.of(took, seconds)


async def minimal_page(house: House) -> Timings:
    """A page of one word from a Django without middleware, session or database, under the same web server."""
    port = house.start_floor()
    browser, took = Browser(port), []
    for _ in range(20):
        await browser.get("/")
    began = time.perf_counter()
    for _ in range(PAGES):
        took.append((await browser.get("/")).ms)
    seconds = time.perf_counter() - began
    await browser.close()
    house.processes.stop("floor")
    return Timings.of(took, seconds)
