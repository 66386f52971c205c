"""The blocks of docs/authoring.md, as its reader would type them."""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import nbformat

from autograder.engine import identities

GUIDE = Path(__file__).parents[2] / "docs" / "authoring.md"
TASKS = ("assign", "update", "start", "KMeans")


class Block(NamedTuple):
    language: str
    about: str
    text: str


def blocks():
    found = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    return [Block(*part) for part in found]


def text_of(about):
    return "\n".join(block.text for block in blocks() if block.about == about)


def judge_text():
    return text_of("judge")


def follow(folder, until=None, environment=None):
    """Do what the blocks say, in order, in a folder -> [(command, CompletedProcess)].

    Args:
        until: a command after which to stop.
    """
    done, here = [], Path(folder)
    for block in blocks():
        if block.language == "console":
            for line in block.text.splitlines():
                command = line.removeprefix("$ ")
                if command.startswith("cd "):
                    here = here / command.removeprefix("cd ")
                    continue
                how = {"shell": True, "cwd": here, "env": environment}
                done.append((command, subprocess.run(command, capture_output=True, text=True, **how)))
                if command == until:
                    return done
        elif block.about == "judge":
            with open(here / "judges" / "k-means.py", "a") as file:
                file.write(f"{block.text}\n")
        elif block.about.startswith("file="):
            (here / block.about.removeprefix("file=")).write_text(block.text)
        elif block.about.startswith("cell="):
            source = here / "solutions" / "k-means" / "k-means.ipynb"
            fill(source, block.about.removeprefix("cell="), block.text)
    return done


def fill(path, name, source):
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [cell for cell in notebook.cells if identities.grade_id(cell) == name]
    cell.source = source.rstrip()
    nbformat.write(notebook, path)
