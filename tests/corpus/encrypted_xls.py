"""Encrypt xls workbooks as Excel does ([MS-XLS] 2.2.10), which no library writes."""

import hashlib
import struct
from collections.abc import Callable, Sequence

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher
from msoffcrypto.method.xor_obfuscation import DocumentXOR

_BEGINNING, _END, _FILE_PASS, _SHEET, _LABEL = 0x809, 0x0A, 0x2F, 0x85, 0x204
_PLAIN = {_BEGINNING, _FILE_PASS, 0xE1}

_SALT, _VERIFIER = bytes(range(16)), bytes(range(16, 32))

Key = Callable[[int], bytes]  # by the number of its block


def record(kind: int, content: bytes = b"") -> bytes:
    """Return a record."""
    return struct.pack("<HH", kind, len(content)) + content


def records_of_excel_95(rows: Sequence[Sequence[object]]) -> bytes:
    """Return the records of a workbook with a sheet "Leads", as Excel 95 wrote it."""
    start = record(_BEGINNING, struct.pack("<HHHH", 0x500, 5, 0, 0))
    name = b"Leads"
    place = len(start) + 4 + 7 + len(name) + 4
    sheet = record(_SHEET, struct.pack("<IHB", place, 0, len(name)) + name)
    cells = b"".join(
        record(_LABEL, struct.pack("<HHHH", row, column, 0, len(str(cell))) + str(cell).encode("ascii"))
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
    )
    sheet_start = record(_BEGINNING, struct.pack("<HHHH", 0x500, 0x10, 0, 0))
    return start + sheet + record(_END) + sheet_start + cells + record(_END)


def encrypt_by_xor(records: bytes, password: str, *, is_excel_95: bool = False) -> bytes:
    """Return the records encrypted as Excel did up to 95, and later in some countries."""
    key = bytes(DocumentXOR.create_xor_array_method1(password))
    verifier = next(one for one in range(0x10000) if DocumentXOR.verifypw(password, one))
    method = struct.pack("<HH", DocumentXOR.create_xor_key_method1(password), verifier)

    def encrypt(content: bytes, place: int, size: int) -> bytes:
        return bytes(
            ((byte << 5 | byte >> 3) & 0xFF) ^ key[(place + size + at) % 16] for at, byte in enumerate(content)
        )

    return _encrypt(_with_file_pass(records, method if is_excel_95 else bytes(2) + method), encrypt)


def encrypt_by_rc4(records: bytes, password: str) -> bytes:
    """Return the records encrypted as Excel 97 did."""
    start = hashlib.md5(password.encode("utf-16-le")).digest()[:5]
    middle = hashlib.md5((start + _SALT) * 16).digest()[:5]
    return _encrypt_by_blocks(
        records,
        lambda block: hashlib.md5(middle + struct.pack("<I", block)).digest(),
        lambda key: struct.pack("<HHH", 1, 1, 1) + _SALT + _rc4(key, _VERIFIER + hashlib.md5(_VERIFIER).digest()),
    )


def encrypt_by_cryptoapi(records: bytes, password: str) -> bytes:
    """Return the records encrypted as Excel does since 2002, with a key of 128 bits."""
    start = hashlib.sha1(_SALT + password.encode("utf-16-le")).digest()
    header = struct.pack("<8I", 4, 0, 0x6801, 0x8004, 128, 1, 0, 0) + "Provider\0".encode("utf-16-le")

    def method(key: bytes) -> bytes:
        verifiers = _rc4(key, _VERIFIER + hashlib.sha1(_VERIFIER).digest())
        return (
            struct.pack("<HHHII", 1, 2, 2, 4, len(header))
            + header
            + struct.pack("<I", 16)
            + _SALT
            + verifiers[:16]
            + struct.pack("<I", 20)
            + verifiers[16:]
        )

    return _encrypt_by_blocks(
        records, lambda block: hashlib.sha1(start + struct.pack("<I", block)).digest()[:16], method
    )


def _rc4(key: bytes, data: bytes) -> bytes:
    return Cipher(ARC4(key), mode=None).encryptor().update(data)


def _encrypt_by_blocks(records: bytes, key: Key, method: Callable[[bytes], bytes]) -> bytes:
    plain = _with_file_pass(records, method(key(0)))
    whole = b"".join(_rc4(key(at // 1024), plain[at : at + 1024]) for at in range(0, len(plain), 1024))
    return _encrypt(plain, lambda content, place, _: whole[place : place + len(content)])


def _encrypt(records: bytes, encrypt: Callable[[bytes, int, int], bytes]) -> bytes:
    """Encrypt what Excel encrypts of each record, given its bytes, their place, and the size of the record."""
    encrypted, at = bytearray(records), 0
    while at + 4 <= len(records):
        kind, size = struct.unpack_from("<HH", records, at)
        begin, end = at + 4 + (4 if kind == _SHEET else 0), at + 4 + size
        if kind not in _PLAIN:
            encrypted[begin:end] = encrypt(records[begin:end], begin, size)
        at = end
    return bytes(encrypted)


def _with_file_pass(records: bytes, method: bytes) -> bytes:
    """Return records with the one that names the method behind the first one."""
    new = record(_FILE_PASS, method)
    first = 4 + struct.unpack_from("<H", records, 2)[0]
    end = records.index(record(_END))
    moved = move_sheets(records, len(new), end)
    return moved[:first] + new + moved[first:]


def move_sheets(records: bytes, by: int, end: int) -> bytes:
    """Return records whose sheets begin some bytes later (BoundSheet8, 2.4.28)."""
    data = bytearray(records)
    at = 0
    while at < end:
        kind, size = struct.unpack_from("<HH", data, at)
        if kind == _SHEET:
            struct.pack_into("<I", data, at + 4, struct.unpack_from("<I", data, at + 4)[0] + by)
        at += 4 + size
    return bytes(data)
