"""The ledger and its key belong together: whatever happens to one of them, nothing is sent."""

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from tests.support.files import MAPPING, people, write_csv
from tests.support.ledger_file import query_ledger, restore_ledger
from uploader.ledger import LedgerError, open_ledger

LEDGER, KEY = "ledger.sqlite3", "fingerprint.key"
VERSION_3 = Path(__file__).with_name("ledger_v3.sql")


def remove(name: str) -> Callable[[Path], None]:
    def act(home: Path) -> None:
        for path in home.glob(f"{name}*"):
            path.unlink()

    return act


def write(name: str, content: bytes) -> Callable[[Path], None]:
    def act(home: Path) -> None:
        remove(name)(home)
        (home / name).write_bytes(content)

    return act


def cut(name: str, keep: int) -> Callable[[Path], None]:
    return lambda home: write(name, (home / name).read_bytes()[:keep])(home)


def overwrite(start: int, length: int) -> Callable[[Path], None]:
    def act(home: Path) -> None:
        content = bytearray((home / LEDGER).read_bytes())
        content[start : start + length] = os.urandom(length)
        write(LEDGER, bytes(content))(home)

    return act


def take_from_another_home(name: str) -> Callable[[Path], None]:
    def act(home: Path) -> None:
        other = home.with_name("other")
        open_ledger(other).__exit__()
        remove(name)(home)
        shutil.copy(other / name, home / name)

    return act


def both(*acts: Callable[[Path], None]) -> Callable[[Path], None]:
    def act(home: Path) -> None:
        for one in acts:
            one(home)

    return act


def sql(text: str) -> Callable[[Path], None]:
    return lambda home: query_ledger(home, text) and None


DAMAGE = {
    "key missing": remove(KEY),
    "key empty": write(KEY, b""),
    "key of one byte": write(KEY, b"x"),
    "key one byte short": cut(KEY, 31),
    "key of another ledger": take_from_another_home(KEY),
    "key of the right length": write(KEY, bytes(range(32))),
    "key with a byte more": lambda home: write(KEY, (home / KEY).read_bytes() + b"\n")(home),
    "ledger missing": remove(LEDGER),
    "ledger empty": write(LEDGER, b""),
    "ledger of another home": take_from_another_home(LEDGER),
    "ledger cut in its header": cut(LEDGER, 50),
    "ledger cut behind its first page": cut(LEDGER, 4096),
    "ledger not a database": write(LEDGER, b"Once upon a time" * 500),
    "ledger of zeros": write(LEDGER, bytes(20_000)),
    "ledger with a damaged header": overwrite(0, 64),
    "ledger with a damaged first page": overwrite(100, 3000),
    "both empty": both(write(LEDGER, b""), write(KEY, b"")),
    "ledger empty and key missing": both(write(LEDGER, b""), remove(KEY)),
    "check dropped": sql("DELETE FROM meta"),
    "tables dropped": sql("DROP TABLE meta"),
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A ledger whose content is all in the main file."""
    open_ledger(tmp_path / "home").__exit__()
    query_ledger(tmp_path / "home", "PRAGMA wal_checkpoint(TRUNCATE)")
    return tmp_path / "home"


def content(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.iterdir() if path.name in {LEDGER, KEY}}


@pytest.mark.parametrize("damage", DAMAGE)
def test_files_that_do_not_belong_together_are_refused(home: Path, damage: str) -> None:
    DAMAGE[damage](home)
    before = content(home)
    for _ in range(2):  # nothing is created that would be trusted the next time
        with pytest.raises(LedgerError) as refused:
            open_ledger(home)
        text = f"{refused.value.message} {refused.value.hint}"
        assert LEDGER in text, text
        assert KEY in text, text
        assert "backup" in text, text
        assert "start over" in text, text
        assert "forgotten" in text, text
        assert open_below(home) == []  # Windows moves no file that is open
    assert content(home).keys() == before.keys()


def open_below(folder: Path) -> list[str]:
    """Return the files of a folder that this process has open, where the system tells."""
    links = [os.readlink(link) for link in Path("/proc/self/fd").glob("*") if link.exists()]
    return [target for target in links if target.startswith(str(folder))]


@pytest.mark.parametrize("damage", DAMAGE)
def test_nothing_is_sent_with_files_that_do_not_belong_together(tmp_path, command, platform, damage: str) -> None:
    sandbox = platform()
    home = tmp_path / "home"
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(3))
    assert command("upload", leads, "-m", "map.yaml", "--yes").code == 0
    query_ledger(home, "PRAGMA wal_checkpoint(TRUNCATE)")
    DAMAGE[damage](home)
    for line in (["upload", leads, "-m", "map.yaml", "--yes"], ["check", leads, "-m", "map.yaml"], ["runs"]):
        ran = command(*line)
        assert ran.code == 5, ran
        assert LEDGER in ran.err, ran
        assert KEY in ran.err, ran
    assert len(sandbox.received) == 3


def test_restored_files_work_again(home: Path) -> None:
    backup = content(home)
    remove(KEY)(home)
    with pytest.raises(LedgerError):
        open_ledger(home)
    for name, data in backup.items():
        write(name, data)(home)
    open_ledger(home).__exit__()


def test_start_over_with_neither_file(home: Path) -> None:
    key = (home / KEY).read_bytes()
    remove(KEY)(home)
    remove(LEDGER)(home)
    open_ledger(home).__exit__()
    assert (home / KEY).read_bytes() != key


def test_copied_home_works(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "copy")
    open_ledger(tmp_path / "copy").__exit__()  # raises LedgerError for files that do not belong together
    assert (tmp_path / "copy" / KEY).read_bytes() == (home / KEY).read_bytes()


def test_older_ledger_is_adopted_with_the_key_beside_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    restore_ledger(home, VERSION_3)
    open_ledger(home).__exit__()
    write(KEY, bytes(32))(home)
    with pytest.raises(LedgerError, match="not the one"):
        open_ledger(home)


@pytest.mark.parametrize("damage", ["key missing", "key empty", "key one byte short", "ledger missing", "ledger empty"])
def test_older_ledger_without_its_key_is_refused(tmp_path: Path, damage: str) -> None:
    home = tmp_path / "home"
    restore_ledger(home, VERSION_3)
    DAMAGE[damage](home)
    with pytest.raises(LedgerError, match=r"cannot be trusted|is damaged"):
        open_ledger(home)


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
@pytest.mark.parametrize("mode", [0o1777, 0o755, 0o750, 0o700])
def test_mode_of_an_existing_folder_is_kept(tmp_path: Path, mode: int) -> None:
    home = tmp_path / "shared"
    home.mkdir()
    home.chmod(mode)
    (home / "ledger.sqlite3.old").write_text("another file of the user's")
    (home / "ledger.sqlite3.old").chmod(0o644)
    with open_ledger(home) as ledger, ledger.permits(["acme"], 1), ledger.lock(["a"], "a"):
        assert {stat.S_IMODE(path.stat().st_mode) for path in home.glob("*.sqlite3")} == {0o600}
    assert stat.S_IMODE(home.stat().st_mode) == mode
    assert stat.S_IMODE((home / "ledger.sqlite3.old").stat().st_mode) == 0o644


def test_ledger_of_a_newer_version_is_left_alone(home: Path) -> None:
    query_ledger(home, "PRAGMA user_version = 1000")
    with pytest.raises(LedgerError, match="newer version"):
        open_ledger(home)
    assert query_ledger(home, "PRAGMA user_version") == [(1000,)]


def test_other_versions_know_the_tables_by_their_number(home: Path) -> None:
    """An older program refuses a newer number; a newer one upgrades an older one. A new number needs an upgrade."""
    with open_ledger(home) as ledger:
        ledger.permits(["acme"], 60).__exit__()
    versions = [query_ledger(home, "PRAGMA user_version", file=name) for name in (LEDGER, "limits.sqlite3")]
    assert versions == [[(7,)], [(4,)]]


def test_apsw_brings_a_safe_sqlite() -> None:
    assert tuple(map(int, apsw.sqlite_lib_version().split("."))) >= (3, 50, 4)


@pytest.mark.skipif(os.name == "nt", reason="Windows syncs no folders")
def test_new_key_is_durable_before_its_ledger_is_made(tmp_path: Path, monkeypatch) -> None:
    """What is synced, in order: the whole key, its name, and the name that it gets with the finished ledger."""
    synced: list[tuple[str, ...]] = []

    def fsync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        names = sorted(path.name for path in (tmp_path / "home").iterdir() if "key" in path.name)
        synced.append(tuple(names) if stat.S_ISDIR(status.st_mode) else (str(status.st_size),))

    monkeypatch.setattr(os, "fsync", fsync)
    open_ledger(tmp_path / "home").__exit__()
    assert synced == [("32",), (f"{KEY}.new",), (KEY,)]


def test_message_says_what_is_wrong_with_the_key(home: Path) -> None:
    for content_of_key, words in [(b"", "is empty"), (b"x" * 31, "is too short"), (b"x" * 32, "is not the one")]:
        (home / KEY).write_bytes(content_of_key)
        with pytest.raises(LedgerError, match=words) as refused:
            open_ledger(home)
        assert "To start over instead, move both files away" in refused.value.hint
    (home / KEY).unlink()
    (home / KEY).mkdir()
    with pytest.raises(LedgerError, match="is a folder, not a file") as refused:
        open_ledger(home)
    assert "To start over instead, move both files away" in refused.value.hint


def test_ledger_that_must_exist_is_not_made(home: Path) -> None:
    open_ledger(home, must_exist=True).__exit__()
    with pytest.raises(LedgerError, match="no ledger with earlier uploads"):
        open_ledger(home.with_name("empty"), must_exist=True)
    assert not home.with_name("empty").exists()
