"""Build the wheels of this checkout, each from a clean copy of its own files: `make wheels`.

What they share comes from `setup.cfg`, what is a distribution's own from `NAME.cfg` and `NAME.md`, and who
publishes it from `about.cfg`. In `NAME.cfg`, `{check}` stands for an extra of `setup.cfg`.
"""

import argparse
import configparser
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
NAMES = ("gmm-tf", "gmm-tf-check", "gmm-tf-autograder")
FOLDERS = ("gmm_tf", "autograder", "assignments")
LINK = re.compile(r"\[([^\]]*)\]\((?!\w+:|#)([^)]*)\)")


def parsed(path: Path) -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(path, encoding="utf-8")
    return config


def version() -> str:
    return re.search(r'^__version__ = "(.+)"', (ROOT / "gmm_tf" / "__init__.py").read_text(), re.M)[1]


def configured(name: str, about: configparser.SectionProxy) -> configparser.ConfigParser:
    """The setup.cfg of a distribution.

    Args:
        about: who publishes it: `author`, `author_email`, `repository`.
    """
    shared, own = parsed(ROOT / "setup.cfg"), parsed(HERE / f"{name}.cfg")
    words = {**shared["options.extras_require"], "version": version()}
    made = configparser.ConfigParser(interpolation=None)
    made["metadata"] = {**shared["metadata"], "version": version(), "long_description": "file: README.md"}
    made["metadata"].update({key: about[key] for key in ("author", "author_email") if about.get(key)})
    if about.get("repository"):
        made["metadata"]["project_urls"] = f"Source = {about['repository']}"
    made["options"] = {key: shared["options"][key] for key in ("python_requires", "install_requires")}
    for section in own.sections():
        if section not in made:
            made.add_section(section)
        made[section].update({key: text.format_map(words) for key, text in own[section].items()})
    return made


def described(text: str, repository: str) -> str:
    """A long description with absolute links, or without any where no address is known."""
    whole = rf"[\1]({repository.rstrip('/')}/blob/HEAD/\2)" if repository else r"\1"
    return LINK.sub(whole, text)


def lay_out(name: str, tree: Path, about: configparser.SectionProxy) -> None:
    """Put the files of a distribution into an empty folder, and nothing else."""
    made = configured(name, about)
    leave_out = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tree / folder, ignore=leave_out)
    for pattern in made["without"]["files"].split(",") if "without" in made else ():
        for path in tree.glob(pattern.strip()):
            path.unlink()
    made.remove_section("without")
    page = HERE / f"{name}.md"
    text = (page if page.is_file() else ROOT / "docs" / "package.md").read_text(encoding="utf-8")
    (tree / "README.md").write_text(described(text, about.get("repository", "")), encoding="utf-8")
    for path in ("LICENSE", "pyproject.toml"):
        shutil.copyfile(ROOT / path, tree / path)
    with (tree / "setup.cfg").open("w", encoding="utf-8") as file:
        made.write(file)


def build(name: str, out: Path, isolated: bool = True) -> None:
    """Write the wheel of a distribution into a folder.

    Args:
        isolated: build with the setuptools of `pyproject.toml`, from an index; else with this Python's own.
    Raises:
        CalledProcessError: pip failed; its words are on standard error.
    """
    about = parsed(HERE / "about.cfg")["about"]
    with tempfile.TemporaryDirectory(prefix="wheel-") as folder:
        tree = Path(folder, name)
        tree.mkdir()
        lay_out(name, tree, about)
        how = ["--quiet", "--disable-pip-version-check", "--no-deps", "--wheel-dir", out]
        how += [] if isolated else ["--no-build-isolation"]
        subprocess.run([sys.executable, "-m", "pip", "wheel", *how, tree], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the wheels of this checkout.")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "wheels", help="where they go")
    parser.add_argument("--no-build-isolation", action="store_true", help="with this Python's own setuptools")
    options = parser.parse_args()
    for name in NAMES:
        build(name, options.out, not options.no_build_isolation)
    print(*sorted(path.name for path in options.out.glob("*.whl")), sep="\n")


if __name__ == "__main__":
    main()
