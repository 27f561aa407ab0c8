"""Workbooks (xlsx, xlsb) that Excel encrypted with its default password, and therefore opens without asking for one."""

import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.parsers import expat

from uploader.spreadsheet.workbook.model import ProtectedError

# Excel uses it for a workbook that is only protected against changes ([MS-OFFCRYPTO] 2.4.2.3 and 4).
DEFAULT_PASSWORD = "VelvetSweatshop"  # noqa: S105 - it is no secret

MAX_ENCRYPTED = 64 * 1024**2  # bytes


@contextmanager
def decrypt_with_default_password(path: Path) -> Iterator[Path]:
    """Decrypt a workbook into a folder that only the user may read, and remove that in the end.

    Raises:
        ProtectedError: It has another password, or is encrypted in a way that the library does not know.
    """
    with tempfile.TemporaryDirectory(prefix="uploader-") as folder:
        copy = Path(folder, path.name)
        _decrypt(path, copy)
        yield copy


def _decrypt(path: Path, copy: Path) -> None:
    import msoffcrypto  # noqa: PLC0415 - it takes 0.1 s to load, for few files
    from msoffcrypto import exceptions  # noqa: PLC0415

    if path.stat().st_size > MAX_ENCRYPTED:
        raise ProtectedError
    try:
        with path.open("rb") as source, copy.open("wb") as target:
            file = msoffcrypto.OfficeFile(source)
            if file.format != "ooxml":  # those of an xls are decrypted where they are read
                raise ProtectedError
            file.load_key(password=DEFAULT_PASSWORD, verify_password=True)
            file.decrypt(target)
    except (
        exceptions.FileFormatError,
        exceptions.ParseError,
        exceptions.DecryptionError,
        expat.ExpatError,
        struct.error,
        ArithmeticError,
        AttributeError,
        LookupError,
        OSError,
        TypeError,
        ValueError,
    ):
        raise ProtectedError from None
