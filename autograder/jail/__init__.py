"""Run a submission where it can harm nothing: start the jail, and talk to it."""

from autograder.jail.process import DEFAULT_LIMITS, JailUnavailable, Limits, Transcript, Worker

__all__ = ["DEFAULT_LIMITS", "JailUnavailable", "Limits", "Transcript", "Worker"]
