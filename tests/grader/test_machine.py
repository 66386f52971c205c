"""`autograder doctor`: what it says of machines that refuse a jail, from made files and facts."""

import json

import pytest
from command_line import invoked

from autograder import __main__ as commands
from autograder.jail import JailUnavailable, bubblewrap, machine
from autograder.jail.machine import APPARMOR, CLONE, MOST, Facts

LINUX = Facts("Linux", "/usr/bin/bwrap", "bwrap: No permissions to create a new namespace")
REFUSALS = {
    "Ubuntu 24.04": (LINUX._replace(settings={APPARMOR: 1}), "apparmor_parser -r /etc/apparmor.d/bwrap"),
    "sysctl of Debian": (LINUX._replace(settings={CLONE: 0}), f"sudo sysctl -w {CLONE}=1"),
    "no namespaces": (LINUX._replace(settings={MOST: 0}), f"sudo sysctl -w {MOST}=15000"),
    "Docker": (LINUX._replace(container="docker"), "--security-opt systempaths=unconfined"),
    "Podman": (LINUX._replace(container="podman"), "--security-opt unmask=ALL"),
    "a pod": (LINUX._replace(container="kubernetes"), "procMount: Unmasked"),
    "the first WSL": (LINUX._replace(old_wsl=True), "wsl --set-version"),
    "no bubblewrap": (Facts("Linux"), "apt install bubblewrap"),
    "macOS": (Facts("Darwin"), "Linux container"),
    "Windows": (Facts("Windows"), "wsl --install"),
    "anything else": (LINUX, "ask this machine's administrator"),
}


@pytest.mark.parametrize(("facts", "words"), REFUSALS.values(), ids=REFUSALS)
def test_each_refusal_has_its_remedy_in_one_line(facts, words):
    first = machine.checks(facts)[0]
    assert not first.well and words in first.remedy and "\n" not in first.remedy


@pytest.mark.parametrize(
    "name",
    ["Ubuntu 24.04", "sysctl of Debian", "no namespaces", "Docker", "Podman", "a pod", "no bubblewrap"],
)
@pytest.mark.parametrize("root", [True, False])
def test_where_landlock_stands_in_all_is_well_and_the_remedy_is_still_told(name, root):
    facts, words = REFUSALS[name]
    jail, better = machine.checks(facts._replace(landlock="", root=root))
    assert jail.well and "Landlock" in jail.words and ("a separate user" in jail.words) == root
    assert not better.well and words in better.remedy


def test_a_jail_that_does_not_hold_is_told():
    tried = LINUX._replace(landlock="", trial="The worker did not start: only root can read the environment.")
    jail, _ = machine.checks(tried)
    assert not jail.well and jail.words == tried.trial and "where all users can read it" in jail.remedy
    bubblewrap = machine.checks(LINUX._replace(refusal="", trial="The jail does not hold on this machine"))[0]
    assert not bubblewrap.well and "message to the maintainers" in bubblewrap.remedy


def test_without_either_both_refusals_are_told():
    words = machine.checks(LINUX._replace(landlock="no Landlock here"))[0].words
    assert LINUX.refusal in words and "no Landlock here" in words


def test_a_machine_that_holds_is_well_and_names_what_its_kernel_lacks():
    well, lack = machine.checks(LINUX._replace(refusal="", lacking=("Landlock",)))
    assert well.well and not lack.well and "Landlock" in lack.words


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (
            {".dockerenv": "", "proc/sys/user/max_user_namespaces": "0\n"},
            {"container": "docker", "settings": {MOST: 0}},
        ),
        (
            {"run/.containerenv": "", f"proc/sys/{APPARMOR.replace('.', '/')}": "1\n"},
            {"container": "podman", "settings": {APPARMOR: 1}},
        ),
        ({"proc/version": "Linux version 4.4.0-Microsoft"}, {"old_wsl": True}),
        ({"proc/version": "Linux version 5.15.90.1-microsoft-standard-WSL2"}, {"old_wsl": False}),
    ],
)
def test_facts_are_read_from_files(files, found, tmp_path, monkeypatch):
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    facts = machine.facts(tmp_path)._asdict()
    assert {name: facts[name] for name in found} == found


def test_the_command_ends_with_what_it_found(monkeypatch):
    monkeypatch.setattr(machine, "facts", lambda trial: LINUX._replace(refusal=""))
    assert invoked("doctor").exit_code == 0
    monkeypatch.setattr(machine, "facts", lambda trial: LINUX)
    done = invoked("doctor", "--json")
    assert done.exit_code == 1 and json.loads(done.stdout)[0]["name"] == "jail"


def test_a_refusal_of_grade_points_to_the_doctor(monkeypatch, capsys):
    def refuse():
        raise JailUnavailable("No jail.")

    monkeypatch.setattr(commands, "app", refuse)
    with pytest.raises(SystemExit):
        commands.main()
    assert "autograder doctor" in capsys.readouterr().err


def test_no_jail_is_told_where_bubblewrap_fails(monkeypatch):
    monkeypatch.setattr(
        bubblewrap, "bubblewrap", lambda: (_ for _ in ()).throw(JailUnavailable("bwrap said: no"))
    )
    assert machine.facts().refusal == "bwrap said: no"
