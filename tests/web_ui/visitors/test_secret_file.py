"""The site's own secrets, made once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from web_ui.visitors.secret_file import SecretUnusable, secret_file, secrets_of, web_secrets


def test_it_is_made_at_the_first_start_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    made = web_secrets(folder)
    file = folder / "web_secret"
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text().strip()) == 64
    assert list(folder.iterdir()) == [file]
    assert web_secrets(folder) == made


def test_several_processes_that_start_at_once_have_the_same(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from web_ui.visitors.secret_file import web_secrets\n"
        "sys.stdin.read(1); print(web_secrets(Path(sys.argv[1])).address_key.hex())"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "var")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("x")
        process.stdin.flush()
    found = {process.communicate(timeout=30)[0] for process in processes}
    assert len(found) == 1
    assert len(found.pop().strip()) == 64
    assert list((tmp_path / "var").iterdir()) == [tmp_path / "var" / "web_secret"]


def test_what_another_process_made_first_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "token"

    def slowly() -> str:
        path.touch(0o600)
        path.write_text("theirs\n")
        return "ours"

    assert secret_file(path, slowly) == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_others_may_read_is_no_secret(tmp_path: Path) -> None:
    web_secrets(tmp_path)
    (tmp_path / "web_secret").chmod(0o640)
    with pytest.raises(SecretUnusable, match=r"may be read by others.*chmod 600"):
        web_secrets(tmp_path)


@pytest.mark.parametrize("text", ["", "short", "g" * 64, "a" * 64 + "\nshort", "é"])
def test_a_file_without_keys_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "web_secret"
    path.touch(0o600)
    path.write_text(text)
    with pytest.raises(SecretUnusable, match="web_secret"):
        web_secrets(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(SecretUnusable, match="var"):
        web_secrets(tmp_path / "var")


def test_a_new_key_signs_and_the_old_ones_still_verify(tmp_path: Path) -> None:
    old = web_secrets(tmp_path)
    with (tmp_path / "web_secret").open("a") as file:
        file.write("b" * 64 + "\n")
    new = web_secrets(tmp_path)
    assert new.key_version != old.key_version
    assert new.cookie_keys[old.key_version] == old.cookie_keys[old.key_version]
    assert new.address_key == old.address_key  # bans stay


def test_no_key_serves_two_purposes() -> None:
    made = secrets_of([b"one", b"two"])
    keys = {*made.cookie_keys.values(), made.address_key, made.media_key}
    assert len(keys) == 4
    assert b"one" not in keys
