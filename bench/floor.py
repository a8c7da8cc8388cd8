"""The floor of a launch: bare Flask and one durable INSERT, on the same SQLite settings. Run by ``launches.py``."""

from __future__ import annotations

import os
import sqlite3
import threading
import uuid

from flask import Flask, jsonify, request

app = Flask(__name__)
_own = threading.local()


def _connection() -> sqlite3.Connection:
    if not hasattr(_own, "connection"):
        _own.connection = sqlite3.connect(os.environ["FLOOR_DATABASE"], timeout=10, isolation_level=None)
        _own.connection.execute("PRAGMA journal_mode=WAL")
        _own.connection.execute("PRAGMA synchronous=FULL")
        _own.connection.execute("CREATE TABLE IF NOT EXISTS launch (id TEXT PRIMARY KEY, body BLOB)")
    return _own.connection


@app.post("/launch")
def launch() -> tuple[object, int]:
    id = str(uuid.uuid4())
    _connection().execute("INSERT INTO launch VALUES (?, ?)", (id, request.get_data()))
    return jsonify(id=id), 201
