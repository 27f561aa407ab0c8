"""Invented people for the files in sample_data/.

Addresses end in example.com, .net or .org. Telephone numbers come from the ranges that regulators set aside for
films and books: Ofcom's "Telephone numbers for use in TV and radio drama programmes", 555-0100 to 0199 of the North
American plan, the Bundesnetzagentur's Mitteilung 148/2021, ARCEP's décision 2018-0881, and those of PTS (Sweden),
ComReg (Ireland) and ACMA (Australia). Where no such range is known, people have no telephone.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Country:
    """What the people of one country have. In a telephone number # stands for any digit; a place is
    `city; postcode; landline`, a company is `name; industry`."""

    name: str
    written: str
    leads: int
    code: str
    mobile: str
    first: str
    last: str
    places: Sequence[str]
    streets: str
    companies: Sequence[str]
    titles: str


COUNTRIES = (
    Country(
        "United Kingdom", "United Kingdom|United Kingdom|UK|UK|GB", 82, "44", "07700 900###",
        "Amelia|Callum|Priya|Tom|Grace|Oluwaseun|Harriet|Dev|Isla|Rhys|Fatima|Joe|Zoë|Euan|Beatrice|Marcus",
        "Whitaker|O'Connor|Patel|McAllister|Hughes|Okafor|Pemberton|Ashworth|Llewellyn|Khan|Carmichael|Holloway",
        ("London; EC1V 2NX; 020 7946 0###", "Manchester; M1 4BT; 0161 496 0###", "Leeds; LS1 5AB; 0113 496 0###",
         "Edinburgh; EH2 4AD; 0131 496 0###", "Birmingham; B3 1JJ; 0121 496 0###"),
        "{} Market Street|{} Harbour Road|Unit {}, The Old Mill\nCanal Lane|{} Saint Anne's Square",
        ("Harbour & Finch Ltd; Logistics", '"Blue Door" Studios; Media', "Pemberton's of York; Retail",
         "Castle+Quay LLP; Professional Services", "Larkfield Health; Healthcare", "Brightwell Bank plc; Finance",
         "Thistle Software Ltd; IT", "Anvil & Oak Furniture; Manufacturing"),
        "Marketing Manager|Head of Digital|Operations Director|IT Manager|Founder & CEO|Finance Director",
    ),
    Country(
        "Germany", "Germany|Germany|Deutschland|Deutschland|DE", 52, "49", "0171 39200##",
        "Jürgen|Anke|Sören|Katharina|Björn|Käthe|Matthias|Yasemin|Lukas|Friederike|Anna-Lena|Tobias",
        "Müller-Lüdenscheidt|Schäfer|Groß|Weiß|Köhler|Yılmaz|von Bülow|Brandt|Öztürk|Hofmann",
        ("Berlin; 10115; 030 23125###", "Hamburg; 20095; 040 66969###", "Köln; 50667; 0221 4710###",
         "Dresden; 01067; "),
        "Lindenstraße {}|Am Alten Hafen {}|Goethestraße {}\nHinterhaus|Bürgermeister-Groß-Weg {}",
        ("Weiß & Söhne GmbH; Manufacturing", "A+B Anlagenbau GmbH; Manufacturing", "Nordlicht Spedition KG; Logistics",
         "Grünwerk Software GmbH; IT", "Apotheke am Markt e.K.; Healthcare", "Käthes Backstube OHG; Retail"),
        "Geschäftsführung|Leitung Einkauf|IT-Leitung|Head of Sales|Qualitätsmanagement",
    ),
    Country(
        "France", "France|France|FR", 36, "33", "06 39 98 ## ##",
        "Élodie|François|Marie-Hélène|Loïc|Chloé|Benoît|Inès|Théo|Maëlys|Gaël",
        "D'Aubigny|Lefèvre|Garçon|Dupré|de la Tour|Béranger|N'Diaye|Moreau",
        ("Paris; 75011; 01 99 00 ## ##", "Rennes; 35200; 02 61 91 ## ##", "Lyon; 69002; 04 65 71 ## ##",
         "Bordeaux; 33800; 05 36 49 ## ##"),
        "{} rue des Tilleuls|{} bis, quai de l'Île|{} place du Marché\nBâtiment C",
        ("L'Atelier d'Été SARL; Retail", "Béranger & Fils; Manufacturing", "Café+Thé Distribution; Logistics",
         "Studio « Lumière »; Media", "Clinique des Cèdres; Healthcare", "Numérique 35 SAS; IT"),
        "Direction marketing|Responsable achats|Chargé(e) de projet|Direction générale",
    ),
    Country(
        "United States", "United States|United States|USA|US", 30, "1", "",
        "Madison|Tyrone|Guadalupe|Ethan|Shanice|Wyatt|Naomi|Diego",
        "O'Malley|Washington-Reed|Delgado|Kowalczyk|Nakamura|McCready|Beaumont",
        ("New York; 10016; 212 555 01##", "Chicago; 60607; 312 555 01##", "Boston; 02116; 617 555 01##",
         "Austin; 78701; 512 555 01##"),
        "{} Maple Avenue|{} Harbor Blvd, Suite 210|{} W 23rd Street\nFloor 4",
        ("Beaumont & Daughters, Inc.; Retail", '"Big Sky" Freight LLC; Logistics',
         "Q&A Research; Professional Services", "Redwood Credit Union; Finance",
         "Cloud+Field Systems; IT", "Delgado's Kitchens; Manufacturing"),
        "VP Marketing|Director of IT|Chief Operating Officer|Demand Generation Manager",
    ),
    Country(
        "Spain", "Spain|Spain|España|ES", 25, "34", "",
        "Íñigo|María José|Begoña|Andrés|Lucía|Ramón|Nuria|Joaquín",
        "Muñoz|García Ibáñez|Peña|Núñez|Echeverría|Castaño|del Río",
        ("Madrid; 28004; ", "Sevilla; 41001; ", "Bilbao; 48005; ", "València; 46002; "),
        "Calle del Olmo {}|Plaza de España {}, 2º izda.|Avenida del Puerto {}\nEsc. B",
        ("Hermanos Muñoz e Hijos S.L.; Retail", "Ibáñez & Peña Abogados; Professional Services",
         "Logística Ñandú S.A.; Logistics", "Sol+Viento Energía; Manufacturing"),
        "Dirección comercial|Responsable de compras|Jefatura de proyecto",
    ),
    Country(
        "Netherlands", "Netherlands|Netherlands|NL", 18, "31", "",
        "Sanne|Joost|Fenna|Daan|Marijke|Thijs", "van der Berg|de Vries|Janssen|Hoekstra|Bakker|IJsselstein",
        ("Amsterdam; 1012 NX; ", "Utrecht; 3511 CE; ", "Rotterdam; 3012 KD; "), "Lindegracht {}|Oude Haven {}",
        ("Bakker & Zn. B.V.; Retail", "Van der Berg Transport; Logistics", "'t Lindehof Media; Media"),
        "Inkoopmanager|Marketing Lead|Algemeen directeur",
    ),
    Country(
        "Sweden", "Sweden|Sweden|SE", 14, "46", "070 174 06 7#|070 174 06 8#|070 174 06 9#",
        "Åsa|Göran|Linnéa|Björn|Märta", "Öberg|Ångström|Lindqvist|Sjöström|Hägglund",
        ("Stockholm; 111 29; 08 465 004 ##", "Göteborg; 411 06; 031 390 06 ##", "Malmö; 211 34; 040 628 04 ##"),
        "Lilla Nygatan {}|Ängsvägen {}",
        ("Ångström & Öberg AB; Manufacturing", "Norrsken Data AB; IT", "Sjö+Land Frakt AB; Logistics"),
        "Marknadschef|Inköpschef|CTO",
    ),
    Country(
        "Poland", "Poland|Poland|PL", 14, "48", "",
        "Łukasz|Małgorzata|Zbigniew|Agnieszka|Paweł", "Wróbel|Żak|Dąbek|Wójcik|Śliwa",
        ("Warszawa; 00-950; ", "Kraków; 31-042; ", "Łódź; 90-361; "), "ul. Piękna {}|ul. Młyńska {}\nlok. 7",
        ("Dąbrowski i Synowie Sp. z o.o.; Manufacturing", "Żagiel Software; IT", "Apteka Pod Lwem; Healthcare"),
        "Dyrektor marketingu|Specjalista ds. zakupów|Product Owner",
    ),
    Country(
        "Ireland", "Ireland|Ireland|IE", 12, "353", "020 91# ####",
        "Siobhán|Pádraig|Aoife|Ciarán|Niamh", "O'Sullivan|Brennan|FitzGerald|MacNamee|Kavanagh",
        ("Dublin; D02 XY45; ", "Cork; T12 K8AF; ", "Galway; H91 E2K3; "), "{} Bridge Street|{} St. Brigid's Terrace",
        ("O'Sullivan & Daughters; Retail", "Shannon+Lee Ferries; Logistics", "Emerald Actuaries; Finance"),
        "Office Manager|Head of Growth|Compliance Officer",
    ),
    Country(
        "Italy", "Italy|Italy|IT", 9, "39", "",
        "Niccolò|Chiara|Gioacchino|Noemi", "D'Angelo|Dell'Acqua|Forlì|Bevilacqua",
        ("Milano; 20121; ", "Torino; 10123; ", "Forlì; 47121; "), "Via dei Tigli {}|Piazza dell'Orologio {}",
        ("Dell'Acqua & Figli S.r.l.; Manufacturing", "Caffè Perché No?; Retail"),
        "Responsabile acquisti|Responsabile IT",
    ),
    Country(
        "Namibia", "Namibia|NA|NA", 5, "264", "",
        "Ndapewa|Tangeni|Hilde|Petrus", "Shikongo|Nangolo|von Ludwiger|Amutenya",
        ("Windhoek; 10013; ", "Swakopmund; 13001; "), "{} Acacia Avenue|{} Dune Road",
        ("Etosha & Skeleton Coast Tours; Retail", "Namib Water Engineering; Manufacturing"), "Managing Director|Buyer",
    ),
    Country(
        "Australia", "Australia|AU", 3, "61", "",
        "Kirra|Lachlan|Matilda", "Fitzpatrick|Nguyen-Hall|O'Dowd",
        ("Sydney; 2010; 02 7010 ####", "Melbourne; 3004; 03 7010 ####"), "{} Wattle Street|Level {}, 1 Collins Lane",
        ("Wattle & Gum Nurseries; Retail", "Southern Cross Freight; Logistics"), "National Sales Manager|CIO",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """An invented person, with everything as it should be."""

    country: Country
    first: str
    last: str
    email: str
    mobile: str
    landline: str
    company: str
    industry: str
    title: str
    address: str
    city: str
    postcode: str


def make_people(rng: Random, domains: Sequence[str]) -> list[Person]:
    """All countries' people, shuffled; no two have the same name, address or telephone."""
    countries = [country for country in COUNTRIES for _ in range(country.leads)]
    rng.shuffle(countries)
    taken: set[str] = set()
    return [make_person(rng, country, domains, taken) for country in countries]


def make_person(rng: Random, country: Country, domains: Sequence[str], taken: set[str]) -> Person:
    """Someone whose name is not in `taken` yet."""
    while True:
        first, last = rng.choice(country.first.split("|")), rng.choice(country.last.split("|"))
        if f"{first} {last}" not in taken:
            break
    taken.add(f"{first} {last}")
    city, postcode, landline = rng.choice(country.places).split("; ")
    company, industry = rng.choice(country.companies).rsplit("; ", 1)
    return Person(
        country, first, last, f"{plain(first)}.{plain(last)}@{rng.choice(domains)}",
        dialled(rng, country.mobile, taken), dialled(rng, landline, taken), company, industry,
        rng.choice(country.titles.split("|")), rng.choice(country.streets.split("|")).format(rng.randrange(2, 98)),
        city, postcode,
    )  # fmt: skip


def plain(name: str) -> str:
    """`Müller-Lüdenscheidt` -> `muller-ludenscheidt`, as addresses are made of names."""
    bare = name.lower().replace("ß", "ss").replace("ł", "l").replace("ı", "i").replace("'", "").replace(" ", "")
    return unicodedata.normalize("NFKD", bare).encode("ascii", "ignore").decode()


def dialled(rng: Random, patterns: str, taken: set[str]) -> str:
    """A number that is not in `taken` yet, or nothing where there is no pattern.

    The platform takes the same character three times in a row for a slip, so no digit is; 555-01 can't be helped.
    """
    number = ""
    while patterns and (not number or number in taken or re.search(r"(\d)\1\1(?!01)", number.replace(" ", ""))):
        number = re.sub("#", lambda _: str(rng.randrange(10)), rng.choice(patterns.split("|")))
    taken.add(number)
    return number


def as_written(rng: Random, country: Country, number: str) -> str:
    """The number in one of the ways in which people write it."""
    if not number:
        return ""
    code, bare, run = country.code, number.removeprefix("0"), number.replace(" ", "")
    ways = [number, number, run, number.replace(" ", "-"), f"+{code} {bare}", f"+{code}{run.removeprefix('0')}"]
    if bare == number:
        ways.append("({}) {}-{}".format(*number.split()))
    else:
        ways += [f"+{code} (0){bare}", f"00{code} {bare}", number.replace(" ", "."), f"(+{code}){number}"]
        ways.append(run.removeprefix("0"))  # a spreadsheet took it for a number
    return rng.choice(ways)
