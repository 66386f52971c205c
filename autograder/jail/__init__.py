"""Run a submission where it can harm nothing: start the jail, and talk to it."""

from autograder.jail.environments import JailUnavailable
from autograder.jail.process import DEFAULT_LIMITS, JAILS, LANDLOCK, End, Jailed, Limits, Transcript, Worker

__all__ = [
    "DEFAULT_LIMITS",
    "JAILS",
    "LANDLOCK",
    "End",
    "JailUnavailable",
    "Jailed",
    "Limits",
    "Transcript",
    "Worker",
]
