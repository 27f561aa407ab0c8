"""Values that say who someone is: addresses, telephone numbers and countries in the spellings that people bring."""

from pathlib import Path

from tests.corpus.case import MORE, PLAIN, Build, Case, lead, text
from tests.corpus.cells import NAMED, emails, rows

LOWER = PLAIN.replace("email: Email", "email: {column: Email, transform: [lower]}")
BY_COLUMN = PLAIN + "  telephone: {column: Phone, transform: [{phone: {column: Country, region: GB}}]}\n"
SUPPRESSED = LOWER + "suppressed: optout.csv\n"


def with_list(build: Build, *lines: str) -> Build:
    """The file, and a suppression list beside it."""

    def write(path: Path) -> None:
        build(path)
        path.with_name("optout.csv").write_text("\n".join(["email", *lines]), "utf-8")

    return write


def ann(address: str) -> dict[str, str]:
    return lead("Ann", "Lee", address)


def named(number: int, country: str) -> dict[str, str]:
    return lead("Ann", "Lee", f"ann{number}@example.com", country=country)


def phones(*pairs: tuple[str, str]) -> Build:
    """Rows with a telephone number and a country."""
    lines = [f"Ann,Lee,ann{at}@example.com,{number},{country}" for at, (number, country) in enumerate(pairs)]
    return text("\n".join(["First Name,Last Name,Email,Phone,Country", *lines, ""]))


def numbered(number: int, telephone: str) -> dict[str, str]:
    return lead("Ann", "Lee", f"ann{number}@example.com", telephone=telephone)


ADDRESSES = [
    Case(
        "full-width letters in an address",
        "a.csv",
        emails("ｊｏｅ@example.com", "ann@exａmple．com", "bob＠example.com"),
        {2: ann("joe@example.com"), 3: ann("ann@example.com"), 4: ann("bob@example.com")},
        warned={2: "had full-width or styled characters", 3: "full-width"},
    ),
    Case(
        "hyphens that only look like one in an address",
        "a.csv",
        emails("ann\u2011lee@example.com", "bob\u2013ray@example.com", "cy@my\u2010shop.example"),
        {2: ann("ann-lee@example.com"), 3: ann("bob-ray@example.com"), 4: ann("cy@my-shop.example")},
        warned={2: "had special hyphens", 3: "had special hyphens", 4: "had special hyphens"},
    ),
    Case(
        "Turkish capitals in an address",
        "a.csv",
        emails("\u0130SMA\u0130L@EXAMPLE.COM", "\u0131smail2@example.com"),
        {2: ann("ismail@example.com"), 3: ann("\u0131smail2@example.com")},
        warned={3: "which looks like 'i'; check the address"},
        mapping=LOWER,
    ),
    Case(
        "a Cyrillic letter in a Latin address",
        "a.csv",
        emails("\u0430nn@example.com", "bob@ex\u0430mple.com", "\u0438\u0432\u0430\u043d@example.com"),
        {
            2: ann("\u0430nn@example.com"),
            3: ann("bob@ex\u0430mple.com"),
            4: ann("\u0438\u0432\u0430\u043d@example.com"),
        },
        warned={2: "(Cyrillic), which looks like 'a'", 3: "(Cyrillic), which looks like 'a'"},
    ),
    Case(
        "a domain in Unicode and encoded",
        "a.csv",
        emails("joe@m\u00fcller.example", "bob@xn--mller-kva.example", "cy@xn--exmple-4nf.com"),
        {2: ann("joe@m\u00fcller.example"), 3: ann("bob@xn--mller-kva.example"), 4: ann("cy@xn--exmple-4nf.com")},
        warned={4: "(Cyrillic), which looks like 'a'"},
    ),
    Case(
        "addresses past the suppression list",
        "a.csv",
        with_list(
            emails(
                "joe@example.com",
                "ＪＯＥ@example.com",
                "joe@exａmple.com",
                "\u0130SMA\u0130L@EXAMPLE.COM",
                "joe@m\u00fcller.example",
                "ann\u2011lee@example.com",
            ),
            "joe@example.com",
            "ismail@example.com",
            "joe@xn--mller-kva.example",
        ),
        {7: ann("ann-lee@example.com")},
        dict.fromkeys((2, 3, 4, 5, 6), "is on the suppression list"),
        code=1,
        warned={7: "had special hyphens"},
        mapping=SUPPRESSED,
    ),
    Case(
        "a suppression list in other spellings than the file",
        "a.csv",
        with_list(
            emails("joe@example.com", "bob@xn--mller-kva.example", "cy@example.com", "di@example.com"),
            "ＪＯＥ@ＥＸＡＭＰＬＥ.ＣＯＭ",
            "Bob <BOB@M\u00dcLLER.example>",
            "mailto:cy@example.com",
        ),
        {5: ann("di@example.com")},
        dict.fromkeys((2, 3, 4), "is on the suppression list"),
        code=1,
        mapping=SUPPRESSED,
    ),
    Case(
        "an address that looks like a suppressed one",
        "a.csv",
        with_list(emails("j\u043ee@example.com", "ann@example.com"), "joe@example.com"),
        {3: ann("ann@example.com")},
        {2: "looks like an address on the suppression list"},
        code=1,
        mapping=SUPPRESSED,
    ),
]

COUNTRIES = [
    Case(
        "countries by their numbers",
        "a.csv",
        rows("Country", "276", "840", "004", "826.0", "49", "4"),
        {
            2 + at: named(at, name)
            for at, name in enumerate(["Germany", "United States", "Afghanistan", "United Kingdom"])
        },
        {6: "unknown country '49'; numeric codes have three digits", 7: "numeric codes have three digits"},
        code=1,
        mapping=NAMED,
    ),
    Case(
        "countries as people shorten them",
        "a.csv",
        rows(
            "Country", "UK", "EL", "N. Ireland", "S. Korea", "Rep. of Ireland", "Czech Rep.", "Germany (DE)", "GB-SCT"
        ),
        {
            2 + at: named(at, name)
            for at, name in enumerate(
                ["United Kingdom", "Greece", "United Kingdom", "South Korea", "Ireland", "Czech Republic", "Germany"]
            )
        }
        | {9: named(7, "United Kingdom")},
        mapping=NAMED,
    ),
    Case(
        "a country that may be another is only asked about",
        "a.csv",
        rows("Country", "Ireland, North or South", "Austraila", "Kingdom of Spain"),
        {},
        {2: "did you mean Ireland?", 3: "did you mean Australia or Austria?", 4: "did you mean Spain?"},
        messages=["Kingdom of Spain'; did you mean Spain? Write its English name"],
        code=1,
        mapping=NAMED,
    ),
    Case(
        "a list without the country that is meant",
        "a.csv",
        rows("Country", "N. Ireland", "EL", "Irelnd"),
        {},
        {2: "is not in the mapping's list", 3: "is not in the mapping's list", 4: "did you mean Ireland?"},
        messages=["values: {Irelnd: Ireland}, allowed: ["],
        code=1,
        mapping=PLAIN + "  country: {column: Country, allowed: [Ireland, El Salvador]}\n",
    ),
]

PHONES = [
    Case(
        "numbers of another country than the row's",
        "a.csv",
        phones(
            ("+49 30 901820", "Germany"),
            ("+49 30 901820", "United Kingdom"),
            ("0044 7700 900123", "276"),
            ("+1 204 555 0123", "United States"),
            ("+49 30 901820", ""),
        ),
        {
            2: numbered(0, "(+49)030901820"),
            5: numbered(3, "(+1)2045550123"),
            6: numbered(4, "(+49)030901820"),
        },
        {
            3: "has the country code +49, but the row's country is United Kingdom (+44)",
            4: "has the country code +44, but the row's country is Germany (+49)",
        },
        code=1,
        mapping=BY_COLUMN,
    ),
    Case(
        "numbers of one digit",
        "a.csv",
        rows("Phone", "0000000000", "+44 1111111111", "9999999999", "07777 777777", "07700 900123"),
        {6: numbered(4, "(+44)07700900123")},
        {
            2: "is one digit repeated",
            3: "is one digit repeated",
            4: "is one digit repeated",
            5: "is one digit repeated",
        },
        messages=["4 × telephone (column 'Phone'): '…' is one digit repeated"],
        code=1,
        mapping=MORE,
    ),
    Case(
        "numbers that no operator can have assigned",
        "a.csv",
        rows("Phone", "06123 456789", "+1 123 456 7890", "+1 415 555 0100"),
        {4: numbered(2, "(+1)4155550100")},
        {2: "(+44, United Kingdom): none begins with 6", 3: "(+1, United States): none begins with 1"},
        code=1,
        mapping=MORE,
    ),
    Case(
        "similar problems with numbers are one",
        "a.csv",
        rows("Phone", *(f"07700 9001{number:02} {number}1" for number in range(13))),
        {},
        {2 + number: "has too many digits for a phone number (+44, United Kingdom)" for number in range(13)},
        messages=["13 × telephone (column 'Phone'): '…' has too many digits for a phone number (+44, United Kingdom)"],
        code=1,
        mapping=MORE,
    ),
]

CASES = [*ADDRESSES, *COUNTRIES, *PHONES]
