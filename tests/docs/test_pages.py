"""Links, names and commands of all pages; `make docs` checks the same links when it makes the site."""

import argparse
import ast
import importlib
import re
import shlex
import subprocess

import pages
import pytest
import typer.main

from autograder.__main__ import app
from autograder.authoring import __all__ as authoring_names
from gmm_tf import __all__ as library_names

# Made by Sphinx, which copies the notebooks.
MADE = {"notebooks"}


@pytest.mark.parametrize("path", pages.PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path):
    for target in pages.links(path):
        if re.match(r"https?:|mailto:", target):
            continue
        name, _, anchor = target.partition("#")
        if name.split("/")[0] in MADE:
            continue
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        assert not anchor or anchor in pages.anchors(file), target


def test_every_page_is_in_the_site():
    listed = set()
    for block in pages.blocks(pages.DOCS / "index.md", "{toctree}"):
        listed |= {line for line in block.text.splitlines() if line and not line.startswith(":")}
    names = {path.relative_to(pages.DOCS).with_suffix("").as_posix() for path in pages.DOCS.rglob("*.md")}
    assert names - {"index", "package"} == {name for name in listed if name.split("/")[0] not in MADE}


def test_the_readme_is_one_screen_a_reader():
    assert len(pages.PAGES[0].read_text().splitlines()) <= 120


@pytest.mark.parametrize(
    ("page", "names"),
    [("gmm_tf", library_names), ("authoring", authoring_names)],
    ids=["gmm_tf", "authoring"],
)
def test_the_reference_has_every_public_name(page, names):
    text = (pages.DOCS / "api" / f"{page}.md").read_text()
    listed = set(re.findall(r"^\.\. (?:auto\w+|py:data):: (?:[\w.]+\.)?(\w+)", text, re.MULTILINE))
    kinds = {"NOTHING", "STRUCTURE", "TAILS", "TERM", "UNFINISHED"}  # members of Kind
    assert set(names) - kinds <= listed


def test_every_command_and_option_in_a_page_exists():
    helped = {}
    for path in pages.PAGES:
        lines = [line for block in pages.blocks(path) for line in block.text.splitlines()]
        lines += re.findall(r"`([^`\n]+)`", pages.prose(path))
        for line in lines:
            found = re.match(r"(?:\$ )?(autograder|gmm-tf) ([a-z]+)\b(.*)", line)
            if not found:
                continue
            program, command, rest = found.groups()
            known = helped.get((program, command)) or _options(program, command)
            helped[program, command] = known
            wanted = set(re.findall(r"(?<=\s)--[a-z-]+", rest.split(" #")[0]))
            assert wanted <= known, f"{path.name}: {line}"


def _options(program, command):
    """The options of a command; both programs are asked in this process, which takes no time."""
    if program == "gmm-tf":
        parser = argparse.ArgumentParser()
        importlib.import_module(f"gmm_tf.cli.{command}_command").add_arguments(parser)
        return set(re.findall(r"--[a-z-]+", parser.format_help()))
    options = typer.main.get_command(app).commands[command].params
    return {name for option in options for name in [*option.opts, *option.secondary_opts, "--help"]}


def test_every_make_target_in_a_page_exists():
    known = set(re.findall(r"^([a-z-]+):", (pages.ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in pages.PAGES:
        wanted = re.findall(r"(?:^(?:\$ )?|`)make ([a-z-]+)", path.read_text(), re.MULTILINE)
        assert set(wanted) <= known, path.name


def test_python_blocks_import_only_what_there_is():
    for path in pages.PAGES:
        for block in pages.blocks(path, "python"):
            tree = ast.parse(block.text)
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in ("gmm_tf", "autograder"):
                    module = importlib.import_module(node.module)
                    assert all(hasattr(module, alias.name) for alias in node.names), (
                        f"{path.name}: {node.module}"
                    )


@pytest.mark.parametrize("path", pages.PAGES, ids=lambda path: path.name)
def test_console_blocks_can_be_read_by_a_shell(path):
    for command in pages.commands(path):
        assert shlex.split(command)
        subprocess.run(["bash", "-n", "-c", command], check=True)
