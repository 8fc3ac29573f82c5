"""Programs that ended by themselves, told to the operator in few lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.ended_programs import PAUSE, EndedPrograms
from deploy.supervision import LONGEST_WORDS, last_words


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "supervisord.log").write_text("2026-11-21 WARN exited: reader (exit status 7)\n")
    return tmp_path


@pytest.fixture
def ended(logs: Path, clock: Clock) -> EndedPrograms:
    return EndedPrograms(logs, clock)


@pytest.fixture
def write(logs: Path) -> Callable[[str], None]:
    def append(text: str) -> None:
        with (logs / "supervisord.log").open("a") as file:
            file.write(text)

    return append


def exited(name: str, why: str = "exit status 1; not expected") -> str:
    return f"2026-11-21 12:00:00,123 WARN exited: {name} ({why})\n"


def test_what_was_before_and_what_was_told_to_stop_is_no_news(
    ended: EndedPrograms, write: Callable[[str], None]
) -> None:
    write("2026-11-21 12:00:00,123 INFO stopped: site_00 (exit status 0)\n")
    write("2026-11-21 12:00:00,123 INFO spawned: 'site_00' with pid 12\n")
    assert ended.news() is None


def test_one_that_ended_is_named_with_the_reason_and_its_last_words(
    ended: EndedPrograms, write: Callable[[str], None], logs: Path
) -> None:
    (logs / "site_01.log").write_text("started\nMemoryError: of all things\n\n")
    write(exited("site_01"))
    assert ended.news() == (
        "Ended and is started again: site_01 (exit status 1; "
        f"“MemoryError: of all things”). Logs: {logs}"
    )
    assert ended.news() is None


def test_one_that_a_signal_ended_had_no_last_words(
    ended: EndedPrograms, write: Callable[[str], None], logs: Path
) -> None:
    (logs / "site_01.log").write_text("WARNING a wrong moderator's token from 192.0.2.1\n")
    write(exited("site_01", "terminated by SIGKILL; not expected"))
    line = f"Ended and is started again: site_01 (terminated by SIGKILL). Logs: {logs}"
    assert ended.news() == line


def test_an_orderly_end_that_nobody_asked_for_is_news_too(
    ended: EndedPrograms, write: Callable[[str], None]
) -> None:
    write(exited("reader", "exit status 0; expected"))
    assert "reader (exit status 0; It is mute)" in (ended.news() or "")


def test_there_is_one_line_in_a_while_with_the_words_of_each_moment(
    ended: EndedPrograms, write: Callable[[str], None], logs: Path, clock: Clock
) -> None:
    write(exited("reader"))
    assert ended.news()
    (logs / "reader.log").write_text("the second\n")
    write(exited("reader"))
    clock.now += PAUSE / 2
    assert ended.news() is None
    (logs / "reader.log").write_text("the third, and all is well\n")
    write(exited("site"))
    clock.now += PAUSE / 2
    assert "reader (exit status 1; “the second”), site (" in (ended.news() or "")
    clock.now += 10 * PAUSE
    assert ended.news() is None


def test_many_are_counted_and_not_listed(
    ended: EndedPrograms, write: Callable[[str], None]
) -> None:
    for _ in range(3):
        write("".join(exited(f"site_{number:02}") for number in range(64)))
    line = ended.news() or ""
    assert "site_00 3 times (exit status 1; It is mute), site_01 3 times" in line
    assert "site_03" not in line
    assert "61 more" in line


def test_a_log_that_is_rotated_or_missing_is_read_on(
    ended: EndedPrograms, write: Callable[[str], None], logs: Path
) -> None:
    (logs / "supervisord.log").rename(logs / "supervisord.log.1")
    assert ended.news() is None
    write(exited("x"))
    assert "x (exit" in (ended.news() or "")


@given(st.lists(st.sampled_from(["reader", "site"]), max_size=8), st.data())
def test_every_end_is_counted_once_however_the_log_is_cut(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], data: st.DataObject
) -> None:
    logs = tmp_path_factory.mktemp("logs")
    log = logs / "supervisord.log"
    log.touch()
    clock = Clock()
    ended = EndedPrograms(logs, clock)
    text = "".join(map(exited, names))
    counted = 0
    while text:
        cut = data.draw(st.integers(1, len(text)))
        with log.open("a") as file:
            file.write(text[:cut])
        text = text[cut:]
        clock.now += PAUSE
        line = ended.news() or ""
        for name in ("reader", "site"):
            if f"{name} (" in line:
                counted += 1
            elif f"{name} " in line:
                counted += int(line.partition(f"{name} ")[2].partition(" ")[0])
    assert counted == len(names)


def test_last_words_are_short_and_found_in_a_long_log(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_bytes(b"early\n" * 100_000 + "ü".encode() * 9000 + b"\n\n")
    words = last_words(log)
    assert words == f"“{'ü' * LONGEST_WORDS}”."
