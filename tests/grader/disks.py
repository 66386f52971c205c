"""Nothing waits for the disk: what a test writes need not outlast the machine.

A process that is killed loses nothing by that, since the system has what it wrote.
"""

import contextlib
import os
import sqlite3

import sqlalchemy


def hand_over(connection, _):
    """Let SQLite go on as soon as the system has what it wrote."""
    if isinstance(connection, sqlite3.Connection):
        with contextlib.suppress(sqlite3.Error):  # of a locked or damaged file: its first user is told
            connection.execute("PRAGMA synchronous = OFF")


@contextlib.contextmanager
def not_waited_for():
    """Until it ends, files and gradebooks are written so; nbgrader commits a new one a hundred times."""
    wait = os.fsync
    os.fsync = lambda _: None
    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", hand_over)
    try:
        yield
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "connect", hand_over)
        os.fsync = wait
