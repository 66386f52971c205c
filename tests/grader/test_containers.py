"""The images' recipes: nothing unpinned, nothing of the judge for students, no root. docs/containers.md says
what was built."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "containers"
RECIPE = (HERE / "Dockerfile").read_text().replace("\\\n", " ")


def stages():
    """{name of a stage: its lines}."""
    parts = re.split(r"^FROM \S+ AS (\S+)$", RECIPE, flags=re.M)[1:]
    return {name: text.strip().splitlines() for name, text in zip(parts[::2], parts[1::2], strict=True)}


def test_both_images_end_as_a_user_without_rights():
    for name in ("grader", "hub"):
        users = [line.split()[1] for line in stages()[name] if line.startswith("USER ")]
        assert users and users[-1] != "root"


def test_all_that_is_installed_is_pinned_by_hash():
    assert re.search(r"^ARG BASE=\S+:\d+\.\d+\.\d+-slim", RECIPE, re.M)
    for line in (line for lines in stages().values() for line in lines if "pip install" in line):
        for command in re.findall(r"pip install ([^&]+)", line):
            pinned = "--require-hashes -r" in command or "--no-deps /wheels" in command
            assert pinned or all("==" in word for word in command.split() if word[0] != "-"), command
    for name in ("grader.txt", "hub.txt"):
        pins = [line for line in (HERE / name).read_text().replace("\\\n", "").splitlines() if line[0] != "#"]
        assert len(pins) > 50 and all("==" in pin and "--hash=sha256:" in pin for pin in pins)


def test_students_get_no_judge_and_no_solution():
    found = stages()
    copied = [line for name in ("hub", "hub-packages") for line in found[name] if line.startswith("COPY")]
    assert any("gmm_tf_check-*.whl" in line for line in copied)
    assert not [line for line in copied if "solutions" in line or "/wheels /" in line]


def test_what_is_copied_exists():
    for lines in stages().values():
        for line in lines:
            if line.startswith("COPY ") and "--from" not in line:
                assert (ROOT / line.split()[1]).exists(), line


def test_compose_gives_the_grader_no_network_and_names_the_stages():
    services = yaml.safe_load((HERE / "compose.yaml").read_text())["services"]
    assert services["grader"]["network_mode"] == "none" and services["grader"]["read_only"]
    assert {service["build"]["target"] for service in services.values()} <= stages().keys()
