"""Settings: read from a file and the environment, checked as a whole, written in the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import settings
from settings import Settings
from tests.bad_settings import faults

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_nothing_needs_to_be_set() -> None:
    loaded = settings.load({})
    assert loaded.sources == ("demo",)
    assert loaded.broker_url == "amqp://guest:guest@127.0.0.1:5673/%2F"
    assert loaded.database_url == f"sqlite:///{Path('var/celebwire.db').absolute()}"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text('http_port = 9000\nfollow = ["ada"]\nreader_http_port = 9001\n')
    environ = {"CELEBWIRE_CONFIG": str(path), "CELEBWIRE_HTTP_PORT": "9999"}
    loaded = settings.load(environ)
    assert (loaded.http_port, loaded.reader_http_port, loaded.follow) == (9999, 9001, ("ada",))


def test_lists_are_separated_by_commas(tmp_path: Path) -> None:
    (tmp_path / "a.gz").touch()
    text = f"demo, replay:{tmp_path}/a.gz@2.5"
    assert settings.load({"CELEBWIRE_SOURCES": text}).sources == (
        "demo",
        f"replay:{tmp_path}/a.gz@2.5",
    )


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    assert "missing.toml" in faults({"CELEBWIRE_CONFIG": str(tmp_path / "missing.toml")})
    (tmp_path / "celebwire.toml").write_text("http_port = = 1")
    assert "celebwire.toml" in faults({})


def test_what_a_file_that_cannot_be_read_may_hold_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "celebwire.toml").write_text("x_bearer_token = ")
    text = faults({"CELEBWIRE_SOURCES": "x", "CELEBWIRE_FOLLOW": ""})
    assert "TOKEN" not in text
    assert "CELEBWIRE_FOLLOW = ''" in text


def test_the_store_is_a_file_in_var_or_where_it_is_set(tmp_path: Path) -> None:
    assert settings.load({}).store_file == tmp_path / "var/celebwire.db"
    assert settings.load({"CELEBWIRE_STORE_URL": "sqlite:////a/b.db"}).store_file == Path("/a/b.db")


def test_a_store_in_postgresql_is_no_file_and_its_password_is_not_shown() -> None:
    loaded = settings.load({"CELEBWIRE_STORE_URL": "postgresql://me:hunter2@db/news"})
    assert loaded.store_file is None
    assert loaded.database_url == "postgresql://me:hunter2@db/news"
    assert "hunter2" not in repr(loaded)


def test_the_readme_has_every_setting_with_its_default() -> None:
    rows = re.findall(
        r"^\| `(?!celebwire_)(\w+)` \| (.*?) \| (.*) \|$", README.read_text(), re.MULTILINE
    )
    written = {key: (default, meaning) for key, default, meaning in rows}
    expected = {
        key: (settings.shown_default(key), settings.shown_meaning(key))
        for key in Settings.model_fields
    }
    assert written == expected
