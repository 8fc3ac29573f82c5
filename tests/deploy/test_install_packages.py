"""The shell script that installs what is missing: what it says and when it does nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "deploy/install_packages.sh"
NEEDED = ("cat", "grep", "mktemp", "rm", "tail")


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A PATH that holds what the script uses, an `id` that is not root, and no sudo."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    _command(folder, "id", "echo 1000")
    _command(folder, "apt-get", f"echo ran >{tmp_path}/apt-ran")
    return folder


def test_nothing_missing_says_nothing_and_touches_nothing(commands: Path, tmp_path: Path) -> None:
    _command(commands, "chromium", "echo Chromium 1")
    _command(commands, "nginx", "exit 0")
    _command(commands, "gcc", "cat >/dev/null")
    done = _run(commands, "python", "chromium", "nginx", "compiler")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / "apt-ran").exists()


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_any_chromium_that_runs_will_do(commands: Path, name: str) -> None:
    _command(commands, name, "exit 0")
    assert _run(commands, "chromium").returncode == 0


def test_without_rights_it_says_what_to_install(commands: Path, tmp_path: Path) -> None:
    _command(commands, "chromium-browser", "exit 1")  # an empty shell around a missing snap
    done = _run(commands, "python", "chromium")
    assert done.returncode == 1
    assert "Missing: chromium." in done.stderr
    assert "sudo apt-get install chromium" in done.stderr
    assert not (tmp_path / "apt-ran").exists()


def test_a_compiler_without_the_headers_of_libc_is_none(commands: Path) -> None:
    _command(commands, "gcc", "cat >/dev/null; exit 1")
    done = _run(commands, "compiler")
    assert done.returncode == 1
    assert "sudo apt-get install gcc libc6-dev" in done.stderr


def test_the_real_compiler_is_found() -> None:
    done = subprocess.run(["/bin/sh", str(SCRIPT), "compiler"], check=False, timeout=20)
    assert done.returncode == 0


def test_an_unknown_need_is_refused(commands: Path) -> None:
    done = _run(commands, "nginks")
    assert (done.returncode, done.stderr) == (2, "install_packages.sh: unknown need nginks\n")


def test_without_apt_it_says_what_to_install(commands: Path) -> None:
    (commands / "apt-get").unlink()
    done = _run(commands, "chromium")
    assert done.returncode == 1
    assert "no apt-get" in done.stderr


def test_a_sudo_that_asks_for_a_password_is_not_used(commands: Path, tmp_path: Path) -> None:
    _command(commands, "sudo", "exit 1")
    assert _run(commands, "chromium").returncode == 1
    assert not (tmp_path / "apt-ran").exists()


def _command(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def _run(path: Path, *needs: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(SCRIPT), *needs],
        env={"PATH": str(path), "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
