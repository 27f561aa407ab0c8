"""Error values that spreadsheet programs show in cells."""

import re
from collections.abc import Mapping

# Errors by their numbers in both of Excel's binary formats ([MS-XLS] 2.5.10 BErr).
ERROR_CODES: Mapping[int, str] = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}

# The text of a cell whose formula was never calculated. No program shows this one.
UNCALCULATED = "#UNCALCULATED!"

# Error values of Excel in its languages, of LibreOffice and of Google Sheets.
_ERRORS = """
    #N/A #REF! #VALUE! #DIV/0! #NAME? #NUM! #NULL! #SPILL! #CALC! #GETTING_DATA #FIELD! #BLOCKED! #CONNECT! #UNKNOWN!
    #BUSY! #ERROR! #REF
    #NV #BEZUG! #WERT! #ZAHL! #ÜBERLAUF! #VALEUR! #NOM? #NOMBRE! #NUL! #N/D #¡REF! #¡VALOR! #¡DIV/0! #¿NOMBRE? #¡NUM!
    #¡NULO! #RIF! #VALORE! #NOME? #NULLO! #VALOR! #NÚM! #NULO! #N/B #WAARDE! #NAAM? #GETAL! #LEEG! #VERW! #DEEL/0!
    #ADR! #N/D! #ARG! #LICZBA! #NAZWA? #ZERO! #DZIEL/0! #SAKNAS! #VÄRDEFEL! #NAMN? #REFERENS! #OGILTIGT! #DIVISION/0!
    #SKÄRNING! #I/T #REFERENCE! #VÆRDI! #NAVN? #VERDI! #PUUTTUU! #VIITTAUS! #ARVO! #JAKO/0! #NIMI? #LUKU! #TYHJÄ!
    #NENÍ_K_DISPOZICI #ODKAZ! #HODNOTA! #DĚLENÍ_NULOU! #NÁZEV? #ČÍSLO! #POČET! #NEDOSTUPNÝ #DELENIENULOU! #NÁZOV?
    #NEPLATNÝ! #HIÁNYZIK #HIV! #ÉRTÉK! #ZÉRÓOSZTÓ! #NÉV? #SZÁM! #NULLA! #YOK #BAŞV! #DEĞER! #SAYI/0! #AD? #SAYI! #BOŞ!
    #Н/Д #ССЫЛКА! #ЗНАЧ! #ДЕЛ/0! #ИМЯ? #ЧИСЛО! #ПУСТО! #ПОСИЛАННЯ! #ЗНАЧЕННЯ! #ДІЛ/0! #ІМ'Я?
    #Δ/Υ #ΑΝΑΦ! #ΤΙΜΗ! #ΔΙΑΙΡ/0! #ΟΝΟΜΑ? #ΑΡΙΘ! #ΚΕΝΟ!
"""
_ERROR_VALUES = frozenset(_ERRORS.casefold().split())
_ERROR_STARTS = ("#", "Err", "err", "ERR")  # a quick test that almost every other value fails
_OVERFLOW = re.compile(r"#{3,}|Err:\d{3}", re.IGNORECASE)


def is_error_value(value: str) -> bool:
    """Return whether a cell's text is an error of a spreadsheet program, or `####` for a column that is too narrow."""
    return value.startswith(_ERROR_STARTS) and bool(value.casefold() in _ERROR_VALUES or _OVERFLOW.fullmatch(value))
