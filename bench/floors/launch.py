"""The floor of a launch: bare Flask and one durable INSERT in the database that ours uses. Run by ``launches.py``."""

from __future__ import annotations

import os
import sqlite3
import threading
import uuid
from typing import Any

import psycopg
from flask import Flask, jsonify, request

CREATE = "CREATE TABLE IF NOT EXISTS launch (id TEXT PRIMARY KEY, body {bytes})"

app = Flask(__name__)
_own = threading.local()
_one_at_a_time = threading.Lock()  # two of PostgreSQL's CREATE TABLE IF NOT EXISTS at once: one of them fails


def _sqlite(path: str) -> Any:
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(CREATE.format(bytes="BLOB"))
    return connection


def _postgres(address: str) -> Any:
    connection = psycopg.connect(address, autocommit=True)
    connection.execute(CREATE.format(bytes="BYTEA"))
    return connection


def _connection() -> Any:
    if not hasattr(_own, "connection"):
        where = os.environ["FLOOR_DATABASE"]
        with _one_at_a_time:
            _own.connection = _postgres(where) if where.startswith("postgresql:") else _sqlite(where)
        _own.mark = "%s" if where.startswith("postgresql:") else "?"
    return _own.connection


@app.post("/launch")
def launch() -> tuple[object, int]:
    id = str(uuid.uuid4())
    connection = _connection()
    connection.execute(f"INSERT INTO launch VALUES ({_own.mark}, {_own.mark})", (id, request.get_data()))
    return jsonify(id=id), 201
