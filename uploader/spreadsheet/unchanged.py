"""Whether a file is still as it was when it was opened: a program that saves in place mixes new rows with old ones."""

from pathlib import Path

from uploader.core.errors import TableError

# Size in bytes, and time of writing in nanoseconds.
FileStamp = tuple[int, int]


def stamp_of(path: Path) -> FileStamp:
    """Return a file's stamp. Raises OSError."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def require_unchanged(path: Path, stamp: FileStamp) -> None:
    """Raises TableError if the file has changed; OSError if it is gone."""
    if stamp_of(path) != stamp:
        raise TableError(
            f"{path.name} was changed while it was read.",
            "Run the command again without editing it.",
        )
