"""Cells: what spreadsheets did to them, and what the fields' transforms and checks make of them."""

from tests.corpus.case import MORE, PLAIN, Case, lead, text

DATED = PLAIN + '  eventDate: {column: Date, transform: [{date: {from: ["%d/%m/%Y", "%d.%m.%Y"]}}]}\n'
FLAGGED = PLAIN + "  optIn: {column: Opt, transform: [boolean]}\n"
LISTED = PLAIN + "  country: {column: Country, allowed: [United Kingdom, Germany, Namibia]}\n"
NAMED = PLAIN + "  country: {column: Country, transform: [country]}\n"
CALLED = PLAIN + "  country: {column: Country, values: {Scotlnd: United Kingdom, Saxony: Germany}}\n"
CALLED += "  city: {column: Country, values: {UK: Europe, Saxony: Austria, Ireland: United Kingdom}}\n"
CALLED += "  telephone: {column: Phone, transform: [{phone: {column: Country, region: GB}}]}\n"


def rows(column: str, *cells: str, encoding: str = "utf-8"):
    """Ann with one more column, a row for each cell; the addresses differ."""
    lines = [f"Ann;Lee;ann{number}@example.com;{cell}" for number, cell in enumerate(cells)]
    return text("\r\n".join([f"First Name;Last Name;Email;{column}", *lines, ""]), encoding)


def ann(number: int, **more: str) -> dict[str, str]:
    return lead("Ann", "Lee", f"ann{number}@example.com", **more)


def emails(*cells: str):
    return text("\r\n".join(["First Name;Last Name;Email", *(f"Ann;Lee;{cell}" for cell in cells), ""]))


DAMAGE = [
    Case(
        "a number rounded to scientific notation",
        "a.csv",
        rows("Phone", "4.47E+11"),
        {},
        {2: "rounded by the spreadsheet"},
        code=1,
        mapping=MORE,
    ),
    Case(
        "scientific notation that lost nothing",
        "a.csv",
        rows("Phone", "4.477009E+11", "4.47700900123E+11"),
        {3: ann(1, telephone="(+44)07700900123")},
        {2: "rounded"},
        code=1,
        mapping=MORE,
    ),
    Case(
        "a number with a tail",
        "a.csv",
        rows("Phone", "447700900123.0"),
        {2: ann(0, telephone="(+44)07700900123")},
        mapping=MORE,
    ),
    Case(
        "a lost leading zero",
        "a.csv",
        rows("Phone", "7700900123"),
        {2: ann(0, telephone="(+44)07700900123")},
        mapping=MORE,
    ),
    Case(
        "#N/A and its kin",
        "a.csv",
        rows("Phone", "#N/A", "#REF!", "#WERT!", "########"),
        {},
        {2: "'#N/A' is an error value of the spreadsheet", 3: "#REF!", 4: "#WERT!", 5: "########"},
        code=1,
        mapping=MORE,
    ),
    Case(
        "the wrong encoding on the way",
        "a.csv",
        text("First Name,Last Name,Email\nJÃ¶rg,MÃ¼ller,ann@example.com\n"),
        {2: lead("Jörg", "Müller")},
        warned={2: "wrong encoding"},
    ),
    Case(
        "a lost character",
        "a.csv",
        text("First Name,Last Name,Email\nJ\ufffdrg,Lee,ann@example.com\n"),
        {},
        {2: "has a lost character"},
        code=1,
    ),
    Case(
        "blanks that no one sees in an address",
        "a.csv",
        emails("\u200bann@example.com", "bob\u00a0@example.com", " cy@example.com\u00a0"),
        {2: lead("Ann", "Lee"), 4: lead("Ann", "Lee", "cy@example.com")},
        {3: "is not an e-mail address"},
        code=1,
        warned={2: "invisible"},
    ),
    Case(
        "things around an address",
        "a.csv",
        emails("Ann Lee <ann@example.com>", "mailto:bob@example.com", "“cy@example.com”", "di@example.com;"),
        {
            2: lead("Ann", "Lee"),
            3: lead("Ann", "Lee", "bob@example.com"),
            4: lead("Ann", "Lee", "cy@example.com"),
            5: lead("Ann", "Lee", "di@example.com"),
        },
        {},
    ),
    Case(
        "addresses that are none",
        "a.csv",
        emails("ann@example", "ann@@example.com", "ann@test", "ann"),
        {},
        {
            2: "not an e-mail address",
            3: "not an e-mail address",
            4: "not an e-mail address",
            5: "not an e-mail address",
        },
        code=1,
    ),
    Case(
        "smart quotes and soft hyphens",
        "a.csv",
        text("First Name,Last Name,Email\nAn\u00adn,O’Neil,ann@example.com\n"),
        {2: lead("Ann", "O’Neil")},
        warned={2: "soft hyphens"},
    ),
    Case(
        "letters and accents apart",
        "a.csv",
        text("First Name,Last Name,Email\nJo\u0308rg,Lee,ann@example.com\n"),
        {2: lead("Jörg", "Lee")},
    ),
]

REVIEWED = [
    Case(
        "not available is not Namibia",
        "a.csv",
        rows("Country", "N/A", "n.a.", "I/O", "NA"),
        {5: ann(3, country="Namibia")},
        {2: "unknown country", 3: "unknown country", 4: "unknown country"},
        code=1,
        mapping=NAMED,
    ),
    Case(
        "an error value within a template",
        "a.csv",
        text("First Name,Last Name,Email,Nick\nAnn,Lee,ann@example.com,#N/A\n"),
        {},
        {2: "'#N/A' is an error value of the spreadsheet"},
        code=1,
        mapping=PLAIN + '  fullName: {template: "{Nick} {Last Name}"}\n',
    ),
    Case(
        "a telephone number that lost its plus",
        "a.csv",
        rows("Phone", "4917612345678", "017612345678", "491701234567"),
        {
            2: ann(0, telephone="(+49)017612345678"),
            3: ann(1, telephone="(+49)017612345678"),
            4: ann(2, telephone="(+49)01701234567"),
        },
        mapping=MORE.replace("GB", "DE"),
    ),
    Case(
        "error values of other languages",
        "a.csv",
        rows("Phone", "#RIF!", "#WAARDE!", "#ADR!", "#SAKNAS!"),
        {},
        dict.fromkeys((2, 3, 4, 5), "is an error value of the spreadsheet"),
        code=1,
        mapping=MORE,
    ),
    Case(
        "text wrapped as a formula",
        "a.csv",
        rows("City", '"=""01067"""'),
        {2: ann(0, city="01067")},
        warned={2: "wrapped as a formula"},
        mapping=PLAIN + "  city: City\n",
    ),
    Case(
        "a cell that only looks empty",
        "a.csv",
        text("First Name,Last Name,Email,A,B\nAnn,Lee,ann@example.com,\u200b,Bonn\n"),
        {2: lead("Ann", "Lee", city="Bonn")},
        mapping=PLAIN + "  city: {column: [A, B]}\n",
    ),
    Case(
        "a mobile of Mexico with its old 1",
        "a.csv",
        rows("Phone", "+52 1 55 1234 5678"),
        {2: ann(0, telephone="(+52)5512345678")},
        mapping=MORE,
    ),
]

FIELDS = [
    Case(
        "telephones in many ways",
        "a.csv",
        rows(
            "Phone",
            "07700 900123",
            "+44 (0)7700 900123",
            "0044 7700-900123",
            "+49 30 901820",
            "12",
            "07700 900123 / 07700 900124",
        ),
        {
            2: ann(0, telephone="(+44)07700900123"),
            3: ann(1, telephone="(+44)07700900123"),
            4: ann(2, telephone="(+44)07700900123"),
            5: ann(3, telephone="(+49)030901820"),
        },
        {6: "too few digits", 7: "more than one number"},
        code=1,
        mapping=MORE,
    ),
    Case(
        "dates by their formats",
        "a.csv",
        rows("Date", "03/04/2026", "3.4.2026", "2026-04-03", "04-03-2026", "31/02/2026"),
        {2: ann(0, eventDate="2026-04-03"), 3: ann(1, eventDate="2026-04-03"), 4: ann(2, eventDate="2026-04-03")},
        {5: "does not match", 6: "does not match"},
        code=1,
        mapping=DATED,
    ),
    Case("a date as a serial number", "a.csv", rows("Date", "46115"), {}, {2: "46115"}, code=1, mapping=DATED),
    Case(
        "day and month are never guessed",
        "a.csv",
        rows("Date", "03/04/2026"),
        {},
        {2: "03/04/2026"},
        code=1,
        mapping=DATED.replace('"%d.%m.%Y"', '"%m/%d/%Y"'),
    ),
    Case(
        "yes and no",
        "a.csv",
        rows("Opt", "yes", "N", "x", "", "WAHR", "perhaps"),
        {2: ann(0, optIn="1"), 3: ann(1, optIn="0"), 4: ann(2, optIn="1"), 5: ann(3, optIn="0"), 6: ann(4, optIn="1")},
        {7: "neither yes nor no"},
        code=1,
        mapping=FLAGGED,
    ),
    Case(
        "values of a list",
        "a.csv",
        rows("Country", "Germany", "germany", "UK", "Grmany", ""),
        {2: ann(0, country="Germany"), 3: ann(1, country="Germany"), 6: ann(4)},
        {4: "'UK' is not in the mapping's list; did you mean United Kingdom?", 5: "did you mean Germany"},
        code=1,
        mapping=LISTED,
    ),
    Case(
        "countries by code and name",
        "a.csv",
        rows("Country", "NA", "DE", "España", "U.S.A.", "Atlantis"),
        {
            2: ann(0, country="Namibia"),
            3: ann(1, country="Germany"),
            4: ann(2, country="Spain"),
            5: ann(3, country="United States"),
        },
        {6: "unknown country"},
        code=1,
        mapping=NAMED,
    ),
    Case(
        "a phone's country as `values` call it, if they agree",
        "a.csv",
        rows(
            "Country;Phone",
            *(f"{name};07700900123" for name in ("scotlnd", "Scot\u200blnd", "UK", "Saxony", "Mars")),
            "Ireland;0209100123",  # names a country itself, whose office is elsewhere
        ),
        {
            2: ann(0, country="United Kingdom", city="scotlnd", telephone="(+44)07700900123"),
            3: ann(1, country="United Kingdom", city="Scotlnd", telephone="(+44)07700900123"),
            4: ann(2, country="UK", city="Europe", telephone="(+44)07700900123"),
            7: ann(5, country="Ireland", city="United Kingdom", telephone="(+353)0209100123"),
        },
        {5: "'07700900123' has no country code", 6: "'07700900123' has no country code"},
        code=1,
        mapping=CALLED,
    ),
    Case(
        "names in capitals",
        "a.csv",
        text(
            "First Name,Last Name,Email\nANN-MARIE,O'NEIL,ann@example.com\nbob,McDonald,bob@example.com\nJan,van der Berg,jan@example.com\n"
        ),
        {
            2: lead("Ann-Marie", "O'Neil"),
            3: lead("Bob", "McDonald", "bob@example.com"),
            4: lead("Jan", "van der Berg", "jan@example.com"),
        },
        mapping=PLAIN.replace("First Name\n", "{column: First Name, transform: [title]}\n")
        .replace("Last Name\n", "{column: Last Name, transform: [title]}\n")
        .replace("  firstName: {column: First Name", "  firstName: {column: First Name"),
    ),
    Case(
        "too short, too long, another pattern",
        "a.csv",
        rows("City", "B", "Bonn", "Bonnnnnnnnnn", "B0nn"),
        {3: ann(1, city="Bonn")},
        {2: "at least 2", 4: "at most 10", 5: "does not match"},
        code=1,
        mapping=PLAIN + "  city: {column: City, min_length: 2, max_length: 10, pattern: '[A-Za-z]+'}\n",
    ),
    Case(
        "the first column that is filled, a default, a template",
        "a.csv",
        text("First Name,Last Name,Email,A,B\nAnn,Lee,ann@example.com,,2\nBob,Ray,bob@example.com, ,\n"),
        {
            2: lead("Ann", "Lee", city="2", fullName="Lee Ann"),
            3: lead("Bob", "Ray", "bob@example.com", city="0", fullName="Ray Bob"),
        },
        mapping=PLAIN + '  city: {column: [A, B], default: "0"}\n  fullName: {template: "{Last Name} {First Name}"}\n',
    ),
    Case(
        "replacements",
        "a.csv",
        rows("City", "Bonn (DE)", "Rome"),
        {2: ann(0, city="Bonn"), 3: ann(1, city="Rome")},
        mapping=PLAIN + "  city: {column: City, transform: [{replace: {' \\(.*\\)$': ''}}]}\n",
    ),
]

CASES = [*DAMAGE, *REVIEWED, *FIELDS]
