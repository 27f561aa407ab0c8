"""Decrypt the records of an xls workbook that Excel encrypted with its default password ([MS-XLS] 2.2.10).

The library's own reader of xls files knows neither those of Excel 95 nor bytes behind the last record, and takes eight
times the memory of the file. Here it gives the keys only.
"""

import io
import struct
from collections.abc import Callable

from uploader.spreadsheet.workbook.default_password import DEFAULT_PASSWORD
from uploader.spreadsheet.workbook.model import ProtectedError
from uploader.spreadsheet.workbook.xls_records import UNKNOWN, record_headers

# Kinds of records (2.3.1).
_END, _FILE_PASS, _SHEET = 0x000A, 0x002F, 0x0085
_USERS, _LOCK, _INTERFACE, _REVISIONS, _REVISION_HEAD = 0x0194, 0x0195, 0x00E1, 0x0196, 0x0138
_BEGINNINGS = (0x0009, 0x0209, 0x0409, 0x0809)

_PLAIN = frozenset({*_BEGINNINGS, _FILE_PASS, _USERS, _LOCK, _INTERFACE, _REVISIONS, _REVISION_HEAD})
_PLAIN_OF_SHEET = 4  # bytes: where the sheet begins

_BLOCK = 1024  # bytes that are encrypted with one key
_SMALLEST_KEY = 40  # bits ([MS-OFFCRYPTO] 2.3.2), where the size is given as 0

# By its value, a byte rotated to the right by five bits ([MS-OFFCRYPTO] 2.3.7.3).
_ROTATED = bytes((value >> 5 | value << 3) & 0xFF for value in range(256))

_Decrypt = Callable[[int, int, int], bytes]  # the bytes of a record from one place to another, given its size


def decrypt_records(records: bytes) -> bytes:
    """Return the records of a workbook decrypted; those of any other as they are.

    Raises:
        ProtectedError: They have another password, or are encrypted in an unknown way.
    """
    found = _find_method(records)
    if found is None:
        return records
    try:
        decrypt = _decryption(records, *found)
    except (struct.error, LookupError, ValueError):
        raise ProtectedError from None
    decrypted = bytearray(records)
    for at, kind, size in record_headers(records):
        if kind == _FILE_PASS:
            struct.pack_into("<H", decrypted, at, UNKNOWN)
        if kind not in _PLAIN:
            begin, end = at + 4 + (_PLAIN_OF_SHEET if kind == _SHEET else 0), min(at + 4 + size, len(records))
            if begin < end:
                decrypted[begin:end] = decrypt(begin, end, size)
    return bytes(decrypted)


def _find_method(records: bytes) -> tuple[int, bytes] | None:
    """Return the method of encryption (2.4.117) and what belongs to it; None if the records are not encrypted."""
    for at, kind, size in record_headers(records):
        if kind == _FILE_PASS:
            method = records[at + 4 : at + 4 + size]
            if size == 4:  # before Excel 97 there was only one
                return 0, method
            return int.from_bytes(method[:2], "little"), method[2:]
        if kind == _END:
            break
    return None


def _decryption(records: bytes, method: int, content: bytes) -> _Decrypt:
    """Return the function that decrypts. Raises ProtectedError."""
    from msoffcrypto.method.rc4 import DocumentRC4  # noqa: PLC0415 - it takes 0.1 s to load, for few files
    from msoffcrypto.method.rc4_cryptoapi import DocumentRC4CryptoAPI  # noqa: PLC0415
    from msoffcrypto.method.xor_obfuscation import DocumentXOR  # noqa: PLC0415

    stream = io.BytesIO(records)
    if method == 0:
        (verifier,) = struct.unpack_from("<2xH", content)
        _check(is_valid=DocumentXOR.verifypw(DEFAULT_PASSWORD, verifier))
        return _xor_decryption(records, bytes(DocumentXOR.create_xor_array_method1(DEFAULT_PASSWORD)))
    if method == 1 and content[:4] == b"\x01\0\x01\0":
        salt, *verifiers = struct.unpack_from("<4x16s16s16s", content)
        _check(is_valid=DocumentRC4.verifypw(DEFAULT_PASSWORD, salt, *verifiers))
        plain = DocumentRC4.decrypt(DEFAULT_PASSWORD, salt, stream, blocksize=_BLOCK).getbuffer()
    elif method == 1 and content[2:4] == b"\x02\0":
        key_size, salt, *verifiers = _cryptoapi_header(content)
        _check(is_valid=DocumentRC4CryptoAPI.verifypw(DEFAULT_PASSWORD, salt, key_size, *verifiers))
        plain = DocumentRC4CryptoAPI.decrypt(DEFAULT_PASSWORD, salt, key_size, stream, blocksize=_BLOCK).getbuffer()
    else:
        raise ProtectedError
    return lambda begin, end, _: bytes(plain[begin:end])


def _check(*, is_valid: bool) -> None:
    if not is_valid:
        raise ProtectedError


def _cryptoapi_header(content: bytes) -> tuple[int, bytes, bytes, bytes]:
    """Return the size of the key in bits, the salt, the verifier and its hash ([MS-OFFCRYPTO] 2.3.5.1)."""
    header_size, key_size = struct.unpack_from("<8xI16xI", content)
    salt, verifier, digest = struct.unpack_from("<4x16s16s4x20s", content, 12 + header_size)
    return key_size or _SMALLEST_KEY, salt, verifier, digest


def _xor_decryption(records: bytes, key: bytes) -> _Decrypt:
    """Return the function that decrypts: each record begins at another byte of the key (2.2.10)."""

    def decrypt(begin: int, end: int, size: int) -> bytes:
        length, first = end - begin, (begin + size) % len(key)
        keys = key[first:] + key * (length // len(key) + 1)
        mixed = int.from_bytes(records[begin:end]) ^ int.from_bytes(keys[:length])
        return mixed.to_bytes(length).translate(_ROTATED)

    return decrypt
