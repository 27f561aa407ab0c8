"""Text files in the encodings that spreadsheet programs and mail gateways write, as exact posts."""

import unicodedata

from tests.corpus.case import Build, Case, content, lead, text

HEAD = "First Name,Last Name,Email\r\n"

# (name, encoding, first and last names)
LISTS = [
    ("British, one accent", "cp1252", [("Siobhán", "Smith"), ("Jane", "Jones")]),
    ("British, one row", "cp1252", [("Zoë", "Taylor")]),
    ("Spanish Windows", "cp1252", [("José", "Muñoz"), ("Begoña", "Ibáñez")]),
    ("Portuguese Windows", "cp1252", [("João", "Simões")]),
    ("Danish Windows", "cp1252", [("Søren", "Kjær")]),
    ("Icelandic Windows", "cp1252", [("Þóra", "Guðmundsdóttir")]),
    ("Italian Windows", "cp1252", [("Niccolò", "Dessì")]),
    ("Finnish, ISO", "iso8859_15", [("Päivi", "Hämäläinen"), ("Väinö", "Kärkkäinen")]),
    ("French, ISO", "iso8859_1", [("Hélène", "Lefèvre"), ("Loïc", "Béranger")]),
    ("Swedish MS-DOS", "cp850", [("Åsa", "Sjöberg"), ("Håkan", "Löfgren")]),
    ("German Mac", "mac_roman", [("Jürgen", "Groß"), ("Käthe", "Böttcher")]),
    ("Polish, ISO", "iso8859_2", [("Łukasz", "Wójcik"), ("Małgorzata", "Dąbrowska"), ("Paweł", "Żółkiewski")]),
    ("Czech MS-DOS", "cp852", [("Jiří", "Dvořák"), ("Tereza", "Šťastná"), ("Ondřej", "Růžička")]),
    ("Polish Mac", "mac_latin2", [("Łukasz", "Świątek"), ("Grażyna", "Zielińska")]),
    ("Hungarian Windows", "cp1250", [("László", "Erdős"), ("Zsófia", "Szűcs")]),
    ("Romanian Windows", "cp1250", [("Mădălina", "Stănescu"), ("Ionuţ", "Ţăranu")]),
    ("Croatian Windows", "cp1250", [("Željko", "Kovačević"), ("Đurđica", "Šarić")]),
    ("Lithuanian Windows", "cp1257", [("Žydrūnas", "Kazlauskienė"), ("Šarūnas", "Petrauskas")]),
    ("Latvian, ISO", "iso8859_13", [("Jānis", "Bērziņš"), ("Kārlis", "Ozoliņš")]),
    ("Turkish MS-DOS", "cp857", [("Şule", "Yılmaz"), ("Ömer", "Güneş"), ("Çağla", "Şahin")]),
    ("Turkish, ISO", "iso8859_9", [("Ayşe", "Öztürk"), ("Tuğba", "Yıldırım")]),
    ("Turkish Mac", "mac_turkish", [("Büşra", "Kılıç"), ("Yiğit", "Doğan")]),
    ("Greek, ISO", "iso8859_7", [("Γιώργος", "Παπαδόπουλος"), ("Ελένη", "Νικολάου")]),
    ("Greek Mac", "mac_greek", [("Δημήτρης", "Γεωργίου"), ("Κατερίνα", "Αλεξίου")]),
    ("Russian, KOI8", "koi8_r", [("Пётр", "Иванов"), ("Ольга", "Смирнова")]),
    ("Russian MS-DOS", "cp866", [("Сергей", "Кузнецов"), ("Наталья", "Попова")]),
    ("Russian, ISO", "iso8859_5", [("Дмитрий", "Лебедев"), ("Екатерина", "Морозова")]),
    ("Ukrainian, KOI8", "koi8_u", [("Андрій", "Шевченко"), ("Юлія", "Ковальчук")]),
    ("Ukrainian Windows", "cp1251", [("Ігор", "Бойко"), ("Наталія", "Їжакевич")]),
    ("Bulgarian Windows", "cp1251", [("Георги", "Димитров"), ("Цветелина", "Желязкова")]),
    ("Serbian Windows", "cp1251", [("Ђорђе", "Јовановић"), ("Љиљана", "Петровић")]),
    ("Arabic, ISO", "iso8859_6", [("محمد", "العتيبي"), ("فاطمة", "الحربي")]),
    ("Hebrew Windows", "cp1255", [("משה", "כהן"), ("שרה", "לוי")]),
    ("Thai", "cp874", [("สมชาย", "ใจดี"), ("สุดา", "ทองดี")]),
    ("Vietnamese Windows", "cp1258", [("Đức", "Nguyễn"), ("Hương", "Trần")]),
    ("Japanese Unix", "euc_jp", [("太郎", "山田"), ("花子", "佐藤")]),
    ("Japanese mail", "iso2022_jp", [("健一", "鈴木"), ("美咲", "高橋")]),
    ("simplified Chinese", "gb18030", [("志强", "王"), ("晓明", "李"), ("秀英", "张")]),
    ("simplified Chinese mail", "hz", [("志强", "王"), ("晓明", "李")]),
    ("traditional Chinese", "big5", [("淑芬", "陳"), ("志明", "林"), ("美玲", "黃")]),
    ("Korean Windows", "cp949", [("민준", "김"), ("서연", "이")]),
    ("Korean mail", "iso2022_kr", [("지훈", "박"), ("수진", "최")]),
]

# Files that must not be sent: (name, bytes of a row, words of the message).
REFUSED = [
    ("two readings of one word", "Ann,Ğiauliai".encode("cp1254"), "can be read as cp1257 ('Šiauliai') or as"),
    ("letters that are UTF-8 by accident", "Jana,Dvořák".encode("mac_latin2"), "can be read as utf-8"),
    ("escape sequences of no encoding", b"\x1b$Zab\x1b(Z,Lee", "unknown text encoding"),
    ("control characters in names", b"M\x81\x8d\x8fller,\x90\x9dLee", "--encoding"),
]


def _write(rows: list[tuple[str, str]], encoding: str) -> Build:
    lines = HEAD + "".join(f"{first},{last},lead{at}@example.com\r\n" for at, (first, last) in enumerate(rows))
    if encoding != "cp1258":
        return text(lines, encoding)
    tones = "\u0300\u0301\u0303\u0309\u0323"  # letters of their own in this one
    apart = [unicodedata.normalize("NFD", char) for char in lines]
    parts = [
        unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in tones))
        + "".join(letter for letter in letters if letter in tones)
        for letters in apart
    ]
    return content("".join(parts).encode(encoding))


ESCAPED = [
    Case(
        "UTF-7",
        "a.csv",
        text(HEAD + "Jörg,Müller,jm@example.com\r\n", "utf-7"),
        {2: lead("Jörg", "Müller", "jm@example.com")},
        messages=["read as utf-7"],
    ),
    Case(
        "a word in UTF-7 beside a phone number",
        "a.csv",
        text("First Name,Last Name,Email,Phone\r\nJ+APY-rg,Lee,jm@example.com,+44 7700 900123\r\n"),
        code=3,
        messages=["has 'J+APY-rg', which is 'Jörg' in UTF-7"],
    ),
    Case(
        "letters as codes",
        "a.csv",
        text(HEAD + "J&ouml;rg,M%C3%BCller,jm@example.com\r\n"),
        {2: lead("Jörg", "Müller", "jm@example.com")},
        warned={2: "had codes in place of letters"},
    ),
    Case(
        "UTF-8 that was read as MS-DOS text",
        "a.csv",
        text(HEAD + "J├Ârg,M├╝ller,jm@example.com\r\n"),
        {2: lead("Jörg", "Müller", "jm@example.com")},
        warned={2: "was read in the wrong encoding"},
    ),
]

CASES = [
    *ESCAPED,
    *(
        Case(
            f"encodings: {name}",
            "a.csv",
            _write(rows, encoding),
            {at + 2: lead(first, last, f"lead{at}@example.com") for at, (first, last) in enumerate(rows)},
            messages=["read as "],
        )
        for name, encoding, rows in LISTS
    ),
    *(
        Case(
            f"encodings: {name}",
            "a.csv",
            content(HEAD.encode() + row + b",a@example.com\r\n"),
            messages=[message],
            code=3,
        )
        for name, row, message in REFUSED
    ),
]
