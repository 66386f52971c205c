"""The second kind of jail where the kernel refuses namespaces and mounts."""

from pathlib import Path

from autograder.jail import landlock

REFUSING = str(Path(__file__).resolve().parents[1] / "without_namespaces.py")


def launch(python, machine, launch=landlock.launch):
    """As `landlock.launch`, there."""
    how = launch(python, machine)
    return how._replace(command=[how.program, REFUSING, *how.command])
