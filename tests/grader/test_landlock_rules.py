"""What the second kind of jail shows and hides, from made folders."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.jail import JailUnavailable, access_times, environments, landlock


@pytest.fixture
def environment(tmp_path):
    """A Python environment in which this project is installed beside others."""
    packages = tmp_path / "env" / "lib" / "python3.11" / "site-packages"
    for name in ("autograder/jail", "autograder/solutions", "gmm_tf", "numpy/core"):
        (packages / name).mkdir(parents=True)
        (packages / name / "__init__.py").touch()
    (packages / "six.py").touch()
    (packages / "link").symlink_to(packages / "autograder")
    prefix = str(tmp_path / "env")
    about = {"executable": f"{prefix}/bin/python", "version": (3, 11, 7)}
    return SimpleNamespace(prefix=prefix, base_prefix=prefix, **about), packages


def test_an_installed_project_is_left_out_of_what_may_be_read(environment):
    python, packages = environment
    files = landlock.readable(python, [packages / "autograder", packages / "gmm_tf"])
    own = {path: how for path, how in files.items() if path.startswith(str(packages))}
    others = {str(packages / name): "read" for name in ("numpy", "six.py")}
    assert own == {str(packages): "list", **others}
    assert files[python.prefix] == "list"
    assert landlock.roots_of(files).count(python.prefix) == 1


def test_an_environment_in_a_checkout_is_read_as_a_whole(environment, tmp_path):
    python, packages = environment
    files = landlock.readable(python, [tmp_path])
    assert files[python.prefix] == "read" and str(tmp_path) not in files


@pytest.mark.parametrize("has", ["pyproject.toml", "no.toml"])
def test_the_project_is_the_checkout_or_what_is_installed(environment, monkeypatch, has):
    _, packages = environment
    (packages / has).touch()
    monkeypatch.setattr(environments, "PACKAGE", packages / "autograder")
    whole, installed = [packages], [packages / "autograder", packages / "gmm_tf"]
    assert environments.project_folders() == (whole if has == "pyproject.toml" else installed)


def test_old_times_are_made_new_and_then_stay(tmp_path):
    if not os.statvfs(tmp_path).f_flag & os.ST_RELATIME:
        pytest.skip("needs a file system with relatime")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("folder/full", "folder/empty"):
        (tmp_path / name).write_text("x" * name.endswith("full"))
    paths = [tmp_path, *sorted(tmp_path.rglob("*"))]
    for path in paths:
        os.utime(path, (1, 1), follow_symlinks=False)

    def read():
        for path in paths:
            look = os.readlink if path.is_symlink() else os.listdir if path.is_dir() else Path.read_bytes
            look(path)
        return [path.lstat().st_atime_ns for path in paths]

    access_times.freshen((str(tmp_path),))
    before = [path.lstat().st_atime_ns for path in paths]
    assert min(before) > 10**18 and read() == before


def test_old_links_are_followed_and_no_other_file_is_read(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").touch()
    (tmp_path / "a" / "b" / "link").symlink_to("file")
    link, file = tmp_path / "a" / "b" / "link", tmp_path / "a" / "b" / "file"
    for path in (link, file):
        os.utime(path, (1, 1), follow_symlinks=False)
    access_times.follow_links((str(tmp_path),))
    assert file.stat().st_atime == 1
    if os.statvfs(tmp_path).f_flag & os.ST_RELATIME:
        assert link.lstat().st_atime > 10**9


def test_file_systems_that_note_each_access_are_refused(environment, monkeypatch):
    python, _ = environment
    monkeypatch.setattr(access_times, "always_updated", lambda paths: python.prefix)
    with pytest.raises(JailUnavailable, match="strictatime"):
        landlock.launch(python, "x86_64")


def test_a_users_number_is_held_until_its_socket_is_closed(monkeypatch):
    monkeypatch.setattr(landlock, "USERS", range(61184, 61186))
    (first, one), (second, other) = landlock.free_user(), landlock.free_user()
    assert {one, other} == {61184, 61185}
    with pytest.raises(JailUnavailable, match="No user id"):
        landlock.free_user()
    first.close()
    third, again = landlock.free_user()
    assert again == one
    second.close(), third.close()
