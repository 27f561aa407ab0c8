"""Text files: encodings, delimiters, line ends, quotes, headers, unusual rows."""

from tests.corpus.case import ANN, BOB, Case, content, lead, text

HEAD = "First Name,Last Name,Email\r\n"
GOOD = "Ann,Lee,ann@example.com\r\n"
TWO = HEAD + GOOD + "Bob,Ray,bob@example.com\r\n"
BOTH = {2: ANN, 3: BOB}
MUELLER = lead("Jörg", "Müller", "jm@example.com")
ACCENTS = HEAD + "Jörg,Müller,jm@example.com\r\n"

ENCODINGS = [
    Case("UTF-8 with its mark", "a.csv", text(ACCENTS, "utf-8-sig"), {2: MUELLER}),
    Case("UTF-8 without", "a.csv", text(ACCENTS), {2: MUELLER}),
    Case(
        "a mark in front of every line", "a.csv", text("".join(f"\ufeff{line}\r\n" for line in TWO.splitlines())), BOTH
    ),
    Case(
        "a mark in front of quotes in the middle",
        "a.csv",
        text('\ufeff\ufeff"First Name",Last Name,Email\r\n\ufeff"Ann",Lee,ann@example.com\r\n'),
        {2: ANN},
    ),
    Case(
        "a mark in front of quotes around a comma",
        "a.csv",
        text(HEAD + GOOD + '\ufeff"Ray, Jr",Ray,bob@example.com\r\n'),
        {2: ANN, 3: lead("Ray, Jr", "Ray", "bob@example.com")},
    ),
    Case("UTF-16, as Excel's Unicode text", "a.txt", text(ACCENTS.replace(",", "\t"), "utf-16"), {2: MUELLER}),
    Case("UTF-16, big-endian", "a.csv", content(b"\xfe\xff" + ACCENTS.encode("utf-16-be")), {2: MUELLER}),
    Case("UTF-16 without its mark", "a.csv", text(ACCENTS, "utf-16-le"), {2: MUELLER}, messages=["read as utf-16-le"]),
    Case(
        "German Windows", "a.csv", text(ACCENTS.replace(",", ";"), "cp1252"), {2: MUELLER}, messages=["read as cp1252"]
    ),
    Case(
        "French Windows",
        "a.csv",
        text(HEAD + "Hélène,Lefèvre,h@example.com\r\nFrançois,Bézier,f@example.com\r\n", "cp1252"),
        {2: lead("Hélène", "Lefèvre", "h@example.com"), 3: lead("François", "Bézier", "f@example.com")},
        messages=["read as cp1252"],
    ),
    Case(
        "Polish Windows",
        "a.csv",
        text(HEAD + "Małgorzata,Wałęsa,m@example.com\r\n", "cp1250"),
        {2: lead("Małgorzata", "Wałęsa", "m@example.com")},
        messages=["read as cp1250"],
    ),
    Case(
        "Russian Windows",
        "a.csv",
        text(HEAD + "Пётр,Иванов,p@example.com\r\nОльга,Смирнова,o@example.com\r\n", "cp1251"),
        {2: lead("Пётр", "Иванов", "p@example.com"), 3: lead("Ольга", "Смирнова", "o@example.com")},
        messages=["read as cp1251"],
    ),
    Case(
        "Turkish Windows",
        "a.csv",
        text(HEAD + "Ayşe,Öztürk,a@example.com\r\nÇağrı,Yılmaz,c@example.com\r\n", "cp1254"),
        {2: lead("Ayşe", "Öztürk", "a@example.com"), 3: lead("Çağrı", "Yılmaz", "c@example.com")},
        messages=["read as cp1254"],
    ),
    Case(
        "Greek Windows",
        "a.csv",
        text(HEAD + "Γιώργος,Παπαδόπουλος,g@example.com\r\n", "cp1253"),
        {2: lead("Γιώργος", "Παπαδόπουλος", "g@example.com")},
        messages=["read as cp1253"],
    ),
    Case(
        "an older Mac",
        "a.csv",
        text(HEAD + "Jörg,Müller,jm@example.com\r\nHélène,Groß,hg@example.com\r\n", "mac_roman"),
        {2: MUELLER, 3: lead("Hélène", "Groß", "hg@example.com")},
        messages=["read as mac_roman"],
    ),
    Case(
        "Japanese Windows",
        "a.csv",
        text(HEAD + "太郎,山田,t@example.com\r\n花子,佐藤,h@example.com\r\n一郎,鈴木,i@example.com\r\n", "cp932"),
        {
            2: lead("太郎", "山田", "t@example.com"),
            3: lead("花子", "佐藤", "h@example.com"),
            4: lead("一郎", "鈴木", "i@example.com"),
        },
        messages=["read as cp932"],
    ),
    Case(
        "a lone euro sign",
        "a.csv",
        text(HEAD + "Ann,Lee 500 €,ann@example.com\r\n", "cp1252"),
        {2: lead("Ann", "Lee 500 €")},
    ),
    Case(
        "MS-DOS",
        "a.csv",
        text(HEAD + "Jörg,Müller,jm@example.com\r\nKäthe,Groß,k@example.com\r\n", "cp850"),
        {2: MUELLER, 3: lead("Käthe", "Groß", "k@example.com")},
        messages=["read as cp850"],
    ),
    Case(
        "Arabic Windows",
        "a.csv",
        text(HEAD + "محمد,أحمد,m@example.com\r\nفاطمة,علي,f@example.com\r\n", "cp1256"),
        {2: lead("محمد", "أحمد", "m@example.com"), 3: lead("فاطمة", "علي", "f@example.com")},
        messages=["read as cp1256"],
    ),
    Case(
        "an encoding that is not for text",
        "a.csv",
        text(TWO),
        code=3,
        flags=["--encoding", "hex"],
        messages=["no such encoding"],
    ),
    Case("the end of an old program's file", "a.csv", text(TWO + "\x1a"), BOTH),
    Case(
        "an ambiguous encoding is asked for",
        "a.csv",
        text(HEAD + "Ann,Ğiauliai,a@example.com\r\n", "cp1254"),
        code=3,
        messages=["can be read as", "--encoding"],
    ),
    Case(
        "an ambiguous encoding that the user sets",
        "a.csv",
        text(HEAD + "Jonas,Šiauliai,a@example.com\r\n", "cp1257"),
        {2: lead("Jonas", "Šiauliai", "a@example.com")},
        flags=["--encoding", "cp1257"],
    ),
    Case(
        "one cell of another encoding in a UTF-8 file",
        "a.csv",
        content((HEAD + "Jörg,Müller,jm@example.com\r\n").encode() + b"Z\xfc,Lee,z@example.com\r\n"),
        code=3,
        messages=["line 3 is not UTF-8, while most of the file is"],
    ),
    Case(
        "a wrong encoding",
        "a.csv",
        text(ACCENTS, "cp1252"),
        code=3,
        flags=["--encoding", "utf-8"],
        messages=["line 2"],
    ),
    Case(
        "an unknown encoding",
        "a.csv",
        text(TWO),
        code=3,
        flags=["--encoding", "utf-9"],
        messages=["did you mean"],
    ),
]

DIALECTS = [
    Case("semicolons", "a.csv", text(TWO.replace(",", ";")), BOTH),
    Case("tabs", "a.tsv", text(TWO.replace(",", "\t")), BOTH),
    Case("pipes", "a.csv", text(TWO.replace(",", "|")), BOTH),
    Case("a sep= line is not a row", "a.csv", text("sep=;\r\n" + TWO.replace(",", ";")), BOTH),
    Case("a sep= line with a tab", "a.csv", text("sep=\t\r\n" + TWO.replace(",", "\t")), BOTH),
    Case("a quoted sep= line", "a.csv", text('"sep=;"\r\n' + TWO.replace(",", ";")), BOTH),
    Case("a sep= line of UTF-16", "a.csv", text("sep=;\r\n" + ACCENTS.replace(",", ";"), "utf-16"), {2: MUELLER}),
    Case(
        "a sep= line above a title",
        "a.csv",
        text("SEP=|\r\nLeads of May\r\n" + TWO.replace(",", "|")),
        {3: ANN, 4: BOB},
        messages=["the header is row 2"],
    ),
    Case(
        "each line is one quoted cell",
        "a.csv",
        text("".join(f'"{line}"\r\n' for line in TWO.splitlines())),
        code=3,
        messages=["a.csv: each line is one quoted cell", "Text to Columns", "with comma as the separator"],
    ),
    Case(
        "each line is one quoted cell, with semicolons",
        "a.csv",
        text("".join(f'"{line}"\n' for line in TWO.replace(",", ";").splitlines())),
        code=3,
        messages=["a.csv: each line is one quoted cell", "with semicolon as the separator"],
    ),
    Case(
        "commas in the cells of a file with semicolons",
        "a.csv",
        text("First Name;Last Name;Email;Note\nAnn;Lee;ann@example.com;a,b,c,d\n"),
        {2: ANN},
    ),
    Case("line feeds", "a.csv", text(TWO.replace("\r\n", "\n")), BOTH),
    Case("carriage returns", "a.csv", text(TWO.replace("\r\n", "\r")), BOTH),
    Case("mixed line ends", "a.csv", text(HEAD + "Ann,Lee,ann@example.com\nBob,Ray,bob@example.com\r"), BOTH),
    Case("no line end at the end", "a.csv", text(TWO.rstrip()), BOTH),
    Case(
        "quotes, a delimiter and a newline within a cell",
        "a.csv",
        text(
            'First Name,Last Name,Email\r\n"Ann ""A."" B",Lee,ann@example.com\r\n"Bo\nb","Ray, Jr.",bob@example.com\r\n'
        ),
        {2: lead('Ann "A." B', "Lee"), 3: lead("Bo\nb", "Ray, Jr.", "bob@example.com")},
    ),
    Case(
        "a quote that is never closed",
        "a.csv",
        text(HEAD + '"Ann,Lee,ann@example.com\r\n' + GOOD),
        code=3,
        messages=["a.csv, line 2: a quote is opened and never closed"],
    ),
    Case(
        "text after a closing quote",
        "a.csv",
        text(HEAD + GOOD + '"Bob" B,Ray,bob@example.com\r\n'),
        code=3,
        messages=["a.csv, line 3: text follows the closing quote of a cell"],
    ),
    Case(
        "a NUL byte",
        "a.csv",
        text(HEAD + GOOD + "Bo\0b,Ray,bob@example.com\r\n"),
        code=3,
        messages=["a.csv, line 3: contains NUL bytes"],
    ),
]

ROWS = [
    Case(
        "rows too short and too long",
        "a.csv",
        text(
            "First Name,Last Name,Email,City\nAnn,Lee,ann@example.com\nBob,Ray,bob@example.com,Bonn,12\nCy,Fox,cy@example.com,Rome,,\n"
        ),
        {2: ANN, 4: lead("Cy", "Fox", "cy@example.com")},
        {3: "1 cell more than the header: '12'"},
        code=1,
    ),
    Case("blank rows are counted and are not leads", "a.csv", text(HEAD + ",,\r\n\r\n" + GOOD + " , ,\r\n"), {4: ANN}),
    Case("only a header", "a.csv", text(HEAD), code=3, messages=["no rows below its header"]),
    Case("nothing at all", "a.csv", content(b""), code=3, messages=["a.csv is empty"]),
    Case("only blanks", "a.csv", text("\r\n \r\n"), code=3, messages=["is empty"]),
    Case("all rows invalid", "a.csv", text(HEAD + ",Lee,ann@example.com\r\n"), {}, {2: "firstName"}, code=1),
    Case(
        "NA, Null, 007 and 1e5 are what they are",
        "a.csv",
        text(HEAD + "NA,Null,ann@example.com\r\n007,1e5,bob@example.com\r\n"),
        {2: lead("NA", "Null"), 3: lead("007", "1e5", "bob@example.com")},
    ),
    Case("the same lead twice", "a.csv", text(HEAD + GOOD + "Anne,Lee,ANN@example.com\r\n"), {2: ANN}),
]

HEADERS = [
    Case(
        "title lines above the header",
        "a.csv",
        text("Leads of the autumn campaign\r\n\r\nMade by,Kim\r\n" + TWO),
        {5: ANN, 6: BOB},
        messages=["the header is row 4"],
    ),
    Case(
        "empty columns at the left and the right",
        "a.csv",
        text(",First Name,Last Name,Email,,\r\n,Ann,Lee,ann@example.com,,\r\n"),
        {2: ANN},
    ),
    Case(
        "names with other case and blanks",
        "a.csv",
        text("FIRST  name, last name ,\u200bE\u00admail\r\n" + GOOD),
        {2: ANN},
        messages=["column 'FIRST  name' is used for 'First Name'"],
    ),
    Case(
        "a newline and a non-breaking space in names",
        "a.csv",
        text('"First\nName",Last\u00a0Name,Email\r\n' + GOOD),
        {2: ANN},
    ),
    Case(
        "the exact name comes first",
        "a.csv",
        text("EMAIL,First Name,Last Name,Email\r\nx@example.com,Ann,Lee,ann@example.com\r\n"),
        {2: ANN},
    ),
    Case(
        "a mapped name that appears twice",
        "a.csv",
        text("Email,First Name,Last Name,Email\r\nx@example.com,Ann,Lee,ann@example.com\r\n"),
        code=3,
        messages=["has 2 columns 'Email'"],
    ),
    Case(
        "an unmapped name that appears twice",
        "a.csv",
        text("Note,First Name,Last Name,Email,Note\r\n1,Ann,Lee,ann@example.com,2\r\n"),
        {2: ANN},
    ),
    Case(
        "a missing column",
        "a.csv",
        text("First Name,Surname,E-Mail\r\n" + GOOD),
        code=3,
        messages=["no column 'Last Name'", "did you mean 'E-Mail'?"],
    ),
    Case(
        "no header at all",
        "a.csv",
        text(GOOD + "Bob,Ray,bob@example.com\r\n"),
        code=3,
        messages=["none of the mapping's 3"],
    ),
]

OTHER_FILES = [
    Case(
        "a web page called .csv",
        "a.csv",
        text("<!DOCTYPE html><html><body>Log in</body></html>"),
        code=3,
        messages=["is a web page"],
    ),
    Case(
        "a web page called .xls",
        "a.xls",
        text("<html><table><tr><td>Email</td></tr></table></html>"),
        code=3,
        messages=["is a web page"],
    ),
    Case("JSON", "a.csv", text('[{"Email": "ann@example.com"}]'), code=3, messages=["is JSON"]),
    Case("a PDF", "a.csv", content(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), code=3, messages=["is a PDF"]),
    Case("a picture", "a.csv", content(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), code=3, messages=["is a picture"]),
    Case("XML", "a.xls", text('<?xml version="1.0"?><Workbook/>'), code=3, messages=["is an XML file"]),
    Case("a packed file", "a.csv", content(b"\x1f\x8b\x08\0\0\0\0\0"), code=3, messages=["is a packed file"]),
    Case("noise", "a.csv", content(bytes(range(128, 160)) * 40), code=3, messages=["a.csv"]),
]

CASES = [*ENCODINGS, *DIALECTS, *ROWS, *HEADERS, *OTHER_FILES]
