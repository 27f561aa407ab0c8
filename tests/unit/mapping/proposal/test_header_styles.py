"""Sheets as other programs write them: real column names, invented cells.

Each line of a style is `heading | what the cells are | the field that it is right for`; `telephone 1` and `2` say which
of two columns comes first. Whatever is not named in the third place is right for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import pytest

from tests.support.sample_people import Person, make_people
from uploader.core.form import Form, FormField
from uploader.mapping.proposal import Guess, propose

FIELDS = """
    firstName lastName fullName email telephone companyName jobTitle industry companySize website linkedIn
    address address2 city state postcode country optIn terms eventDate dateOfBirth source notes
"""

HUBSPOT = """
    Record ID                     | id
    First Name                    | first      | firstName
    Last Name                     | last       | lastName
    Email                         | email      | email
    Phone Number                  | phone      | telephone 2
    Mobile Phone Number           | mobile     | telephone 1
    Contact owner                 | colleague
    Owner email                   | owner mail
    Primary Associated Company ID | id
    Associated Company            | company
    Company Name                  | company    | companyName
    Last Activity Date            | stamp
    Lead Status                   | status
    Lifecycle Stage               | =Lead
    Marketing contact status      | =Marketing contact
    Create Date                   | stamp
    Job Title                     | job        | jobTitle
    Street Address                | street     | address
    City                          | city       | city
    State/Region                  | province   | state
    Postal Code                   | postcode   | postcode
    Country/Region                | country    | country
    Industry                      | industry   | industry
    Number of Employees           | number     | companySize
    Website URL                   | url        | website
    Lead Source                   | source     | source
    Unsubscribed from all email   | yes no
    Email Domain                  | domain
    Message                       | text       | notes
"""
SALESFORCE = """
    Lead ID           | id
    Salutation        | salutation
    First Name        | first      | firstName
    Last Name         | last       | lastName
    Title             | job        | jobTitle
    Company / Account | company    | companyName
    Street            | street     | address
    City              | city       | city
    State/Province    | province   | state
    Zip/Postal Code   | postcode   | postcode
    Country           | country    | country
    Phone             | phone      | telephone 2
    Mobile            | mobile     | telephone 1
    Fax               | phone
    Email             | email      | email
    Email Opt Out     | 0 1
    Do Not Call       | 0 1
    Website           | url        | website
    Lead Source       | source     | source
    Industry          | industry   | industry
    Annual Revenue    | number
    No. of Employees  | number     | companySize
    Lead Owner        | colleague
    Lead Status       | status
    Rating            | =Hot
    Created Date      | date
    Last Modified Date | date
    Description       | text       | notes
"""
SALESFORCE_API = """
    Id                  | id
    FirstName           | first    | firstName
    LastName            | last     | lastName
    Name                | full     | fullName
    Title               | job      | jobTitle
    Company             | company  | companyName
    Street              | street   | address
    City                | city     | city
    State               | province | state
    PostalCode          | postcode | postcode
    Country             | country  | country
    Phone               | phone    | telephone 2
    MobilePhone         | mobile   | telephone 1
    Email               | email    | email
    Website             | url      | website
    LeadSource          | source   | source
    Status              | status
    Industry            | industry | industry
    NumberOfEmployees   | number   | companySize
    OwnerId             | id
    HasOptedOutOfEmail  | true false
    IsConverted         | true false
    CreatedDate         | stamp
    LinkedIn_Profile__c | linkedin | linkedIn
"""
MAILCHIMP = """
    Email Address | email    | email
    First Name    | first    | firstName
    Last Name     | last     | lastName
    Address       | street   | address
    Phone Number  | phone    | telephone
    Birthday      | month day
    Company       | company  | companyName
    MEMBER_RATING | number
    OPTIN_TIME    | stamp
    OPTIN_IP      | ip
    CONFIRM_TIME  | stamp
    CONFIRM_IP    | ip
    LATITUDE      | number
    LONGITUDE     | number
    GMTOFF        | number
    DSTOFF        | number
    TIMEZONE      | =Europe/London
    CC            | alpha2   | country
    REGION        | province | state
    LAST_CHANGED  | stamp
    LEID          | number
    EUID          | id
    NOTES         | text     | notes
    TAGS          | text
"""
LINKEDIN = """
    Lead ID         | id
    Lead Created At | stamp
    Lead type       | =SPONSORED
    Account Name    | =Ad account of Parity Partners
    Campaign Name   | =Autumn webinar
    Creative ID     | id
    Form Name       | =Autumn form
    Test lead       | true false
    First Name      | first    | firstName
    Last Name       | last     | lastName
    Email Address   | email    | email
    Work email      | email
    Phone Number    | phone    | telephone
    Job Title       | job      | jobTitle
    Seniority       | =Director
    Company Name    | company  | companyName
    Company Size    | size     | companySize
    Industry        | industry | industry
    LinkedIn Profile URL | linkedin | linkedIn
    City            | city     | city
    State/Province  | province | state
    Postal/Zip code | postcode | postcode
    Country/Region  | country  | country
"""
META = """
    id            | id
    created_time  | stamp
    ad_id         | id
    ad_name       | =Autumn ad
    adset_id      | id
    adset_name    | =Managers
    campaign_id   | id
    campaign_name | =Autumn webinar
    form_id       | id
    form_name     | =Autumn form
    is_organic    | true false
    platform      | =fb
    full_name     | full     | fullName
    work_email    | email    | email
    phone_number  | p:mobile | telephone
    company_name  | company  | companyName
    job_title     | job      | jobTitle
    street_address | street  | address
    city          | city     | city
    state         | province | state
    post_code     | z:postcode | postcode
    country       | alpha2   | country
    date_of_birth | birth    | dateOfBirth
    how_many_employees_does_your_company_have? | size
    i_agree_to_the_terms_and_conditions | yes no | terms
    lead_status   | status
"""
GOOGLE = """
    First Name            | first    | firstName
    Middle Name           | empty
    Last Name             | last     | lastName
    Phonetic First Name   | empty
    Phonetic Last Name    | empty
    Name Prefix           | salutation
    Name Suffix           | empty
    Nickname              | first
    File As               | empty
    Organization Name     | company  | companyName
    Organization Title    | job      | jobTitle
    Organization Department | =Sales
    Birthday              | birth    | dateOfBirth
    Notes                 | text     | notes
    Photo                 | url
    Labels                | =* myContacts
    E-mail 1 - Label      | =* Work
    E-mail 1 - Value      | email    | email
    E-mail 2 - Label      | =Home
    E-mail 2 - Value      | other mail
    Phone 1 - Label       | =Mobile
    Phone 1 - Value       | mobile   | telephone
    Phone 2 - Label       | =Work
    Phone 2 - Value       | phone
    Address 1 - Label     | =Work
    Address 1 - Formatted | street
    Address 1 - Street    | street   | address
    Address 1 - City      | city     | city
    Address 1 - PO Box    | empty
    Address 1 - Region    | province | state
    Address 1 - Postal Code | postcode | postcode
    Address 1 - Country   | country  | country
    Address 1 - Extended Address | empty | address2
    Website 1 - Label     | =Work
    Website 1 - Value     | url      | website
"""
OUTLOOK = """
    Title             | salutation
    First Name        | first    | firstName
    Middle Name       | empty
    Last Name         | last     | lastName
    Suffix            | empty
    Company           | company  | companyName
    Department        | =Sales
    Job Title         | job      | jobTitle
    Business Street   | street   | address
    Business Street 2 | empty    | address2
    Business Street 3 | empty
    Business City     | city     | city
    Business State    | province | state
    Business Postal Code | postcode | postcode
    Business Country/Region | country | country
    Home Street       | other street
    Home City         | city
    Home State        | province
    Home Postal Code  | postcode
    Home Country/Region | country
    Other Street      | empty
    Assistant's Phone | phone
    Business Fax      | phone
    Business Phone    | phone    | telephone 2
    Business Phone 2  | empty
    Car Phone         | empty
    Company Main Phone | phone
    Home Fax          | empty
    Home Phone        | phone
    Mobile Phone      | mobile   | telephone 1
    Other Phone       | empty
    Pager             | empty
    Account           | empty
    Anniversary       | empty
    Assistant's Name  | colleague
    Birthday          | birth    | dateOfBirth
    Categories        | text
    E-mail Address    | email    | email
    E-mail Type       | =SMTP
    E-mail Display Name | full
    E-mail 2 Address  | other mail
    E-mail 2 Type     | =SMTP
    Gender            | =Unspecified
    Initials          | empty
    Language          | empty
    Location          | empty
    Manager's Name    | colleague
    Notes             | text     | notes
    Priority          | =Normal
    Spouse            | empty
    Web Page          | url      | website
"""
MARKETO = """
    Id                  | id
    Salutation          | salutation
    First Name          | first    | firstName
    Last Name           | last     | lastName
    Email Address       | email    | email
    Email Invalid       | true false
    Company Name        | company  | companyName
    Job Title           | job      | jobTitle
    Phone Number        | phone    | telephone 2
    Mobile Phone Number | mobile   | telephone 1
    Fax Number          | phone
    Address             | street   | address
    City                | city     | city
    State               | province | state
    Postal Code         | postcode | postcode
    Country             | country  | country
    Industry            | industry | industry
    Num Employees       | number   | companySize
    Annual Revenue      | number
    Lead Source         | source   | source
    Lead Score          | number
    Unsubscribed        | true false
    Date of Birth       | birth    | dateOfBirth
    Created At          | stamp
    Updated At          | stamp
    Website             | url      | website
"""
ZOHO = """
    Record Id        | id
    Lead Owner       | colleague
    Salutation       | salutation
    First Name       | first    | firstName
    Last Name        | last     | lastName
    Lead Name        | full     | fullName
    Title            | job      | jobTitle
    Company          | company  | companyName
    Email            | email    | email
    Secondary Email  | other mail
    Phone            | phone    | telephone 2
    Mobile           | mobile   | telephone 1
    Fax              | empty
    Website          | url      | website
    Lead Source      | source   | source
    Lead Status      | status
    Industry         | industry | industry
    No. of Employees | number   | companySize
    Annual Revenue   | number
    Rating           | =Active
    Email Opt Out    | true false
    Skype ID         | empty
    Created By       | colleague
    Created Time     | stamp
    Street           | street   | address
    City             | city     | city
    State            | province | state
    Zip Code         | postcode | postcode
    Country          | country  | country
    Description      | text     | notes
"""
GERMAN = """
    Lfd. Nr.           | number
    Anrede             | salutation
    Titel              | empty
    Vorname *          | first    | firstName
    Name *             | last     | lastName
    E-Mail-Adresse     | email    | email
    Telefon            | phone    | telephone 2
    Handynummer        | mobile   | telephone 1
    Telefax            | phone
    Firma              | company  | companyName
    Position           | job      | jobTitle
    Abteilung          | =Einkauf
    Branche            | industry | industry
    Mitarbeiterzahl    | size     | companySize
    Straße und Hausnr. | street   | address
    Adresszusatz       | empty    | address2
    PLZ                | postcode | postcode
    Ort                | city     | city
    Bundesland         | province | state
    Land               | country  | country
    Webseite           | url      | website
    Einwilligung       | ja nein  | optIn
    AGB akzeptiert     | ja nein  | terms
    Veranstaltungsdatum | german date | eventDate
    Geburtsdatum       | german date | dateOfBirth
    Quelle             | source   | source
    Erstellt am        | german date
    Bemerkungen        | text     | notes
"""
FRENCH = """
    Civilité             | salutation
    Nom                  | last     | lastName
    Prénom               | first    | firstName
    Adresse e-mail       | email    | email
    N° de téléphone      | phone    | telephone 2
    Téléphone portable   | mobile   | telephone 1
    Société              | company  | companyName
    Fonction             | job      | jobTitle
    Secteur d'activité   | industry | industry
    Effectif             | size     | companySize
    Adresse              | street   | address
    Complément d’adresse | empty    | address2
    Code postal          | postcode | postcode
    Ville                | city     | city
    Région               | province | state
    Pays                 | country  | country
    Site web             | url      | website
    Consentement         | oui non  | optIn
    Conditions générales | oui non  | terms
    Date de l'événement  | day      | eventDate
    Date de création     | day
    Provenance           | source   | source
    Commentaires         | text     | notes
"""
SPANISH = """
    Nombre              | first    | firstName
    Apellidos           | last     | lastName
    Correo electrónico  | email    | email
    Teléfono            | phone    | telephone 2
    Teléfono móvil      | mobile   | telephone 1
    Empresa             | company  | companyName
    Cargo               | job      | jobTitle
    Sector              | industry | industry
    Número de empleados | size     | companySize
    Dirección           | street   | address
    Código postal       | postcode | postcode
    Población           | city     | city
    Provincia           | province | state
    País                | country  | country
    Página web          | url      | website
    Acepta comunicaciones | si no  | optIn
    Términos y condiciones | si no | terms
    Fecha del evento    | day      | eventDate
    Fecha de nacimiento | birth    | dateOfBirth
    Fecha de creación   | day
    Origen              | source   | source
    Observaciones       | text     | notes
"""
ITALIAN = """
    Nome               | first    | firstName
    Cognome            | last     | lastName
    Indirizzo e-mail   | email    | email
    Telefono           | phone    | telephone 2
    Cellulare          | mobile   | telephone 1
    Azienda            | company  | companyName
    Ruolo              | job      | jobTitle
    Settore            | industry | industry
    Numero dipendenti  | size     | companySize
    Indirizzo          | street   | address
    CAP                | postcode | postcode
    Città              | city     | city
    Provincia          | province | state
    Paese              | country  | country
    Sito web           | url      | website
    Consenso marketing | yes no   | optIn
    Data evento        | day      | eventDate
    Fonte              | source   | source
    Note               | text     | notes
"""
DUTCH = """
    Aanhef          | salutation
    Voornaam        | first    | firstName
    Tussenvoegsel   | empty
    Achternaam      | last     | lastName
    E-mailadres     | email    | email
    Telefoonnummer  | phone    | telephone 2
    Mobiel nummer   | mobile   | telephone 1
    Bedrijfsnaam    | company  | companyName
    Functie         | job      | jobTitle
    Branche         | industry | industry
    Aantal medewerkers | size  | companySize
    Straat en huisnummer | street | address
    Postcode        | postcode | postcode
    Woonplaats      | city     | city
    Provincie       | province | state
    Land            | country  | country
    Website         | url      | website
    Toestemming     | yes no   | optIn
    Algemene voorwaarden | yes no | terms
    Datum evenement | day      | eventDate
    Bron            | source   | source
    Opmerkingen     | text     | notes
"""
STYLES = {
    "HubSpot contacts": HUBSPOT,
    "Salesforce leads, a report": SALESFORCE,
    "Salesforce leads, the API's names": SALESFORCE_API,
    "Mailchimp audience": MAILCHIMP,
    "LinkedIn Lead Gen Forms": LINKEDIN,
    "Meta lead ads": META,
    "Google Contacts": GOOGLE,
    "Outlook contacts": OUTLOOK,
    "Marketo": MARKETO,
    "Zoho CRM": ZOHO,
    "German": GERMAN,
    "French": FRENCH,
    "Spanish": SPANISH,
    "Italian": ITALIAN,
    "Dutch": DUTCH,
}


def cell(kind: str, person: Person, rng: Random) -> str:
    """An invented cell; `=Lead` is that word in every row, `ja nein` one of the two."""
    day = rng.randrange(1, 29)
    made = {
        "first": person.first, "last": person.last, "full": f"{person.first} {person.last}", "email": person.email,
        "phone": person.landline, "mobile": person.mobile, "p:mobile": f"p:+{person.country.code}{person.mobile}",
        "company": person.company, "job": person.title, "industry": person.industry, "street": person.address,
        "city": person.city, "postcode": person.postcode, "z:postcode": f"z:{person.postcode}",
        "country": person.country.name, "alpha2": "GB" if person.country.code == "44" else "DE",
        "province": rng.choice(["Kent", "Bavaria", "Noord-Holland", "New York"]), "id": f"00Q5e{rng.randrange(10**6)}",
        "number": str(rng.randrange(1, 900)), "size": rng.choice(["1-10", "11-50", "201-500", "10,001+"]),
        "url": f"https://www.example.com/{person.last.lower()}", "domain": "example.com",
        "linkedin": f"https://www.linkedin.com/in/{person.last.lower()}", "source": rng.choice(["Web", "Trade show"]),
        "status": rng.choice(["New", "Open", "Contacted"]), "colleague": rng.choice(["Ann Other", "Bob Example"]),
        "owner mail": "ann.other@example.org", "other mail": f"{person.last.lower()}@example.net",
        "other street": f"{day} Home Lane", "salutation": rng.choice(["Mr", "Ms", "Dr.", "Herr", "Frau"]),
        "stamp": f"2026-03-{day:02} 10:{day:02}:00", "date": f"3/{day}/2026", "day": f"{day:02}/03/2026",
        "german date": f"{day:02}.03.2026", "birth": f"19{60 + day}-03-{day:02}", "month day": f"03/{day:02}",
        "ip": f"192.0.2.{day}", "text": rng.choice(["Wants a call", "", "Met at the stand"]), "empty": "",
    }  # fmt: skip
    if kind.startswith("="):
        return kind[1:]
    return made[kind] if kind in made else rng.choice(kind.split(" "))


@dataclass(frozen=True)
class Style:
    """Headings, rows, and the right columns of each field that has any."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: dict[str, tuple[str, ...]]


def read_style(text: str) -> Style:
    lines = [[part.strip() for part in line.split("|")] for line in text.strip().splitlines()]
    rng = Random(75)
    people = make_people(rng, ["example.com"])[:20]
    ranked = sorted((line[2], line[0]) for line in lines if len(line) > 2)
    right: dict[str, tuple[str, ...]] = {}
    for field, column in ranked:
        right[field.split()[0]] = (*right.get(field.split()[0], ()), column)
    rows = [[cell(line[1], person, rng) for line in lines] for person in people]
    return Style([line[0] for line in lines], rows, right)


def is_right(guess: Guess, style: Style) -> bool:
    """By its columns, or where there is no column of full names by those of its parts."""
    if guess.field == "fullName" and guess.template and "fullName" not in style.right:
        return guess.template == " ".join(f"{{{style.right[part][0]}}}" for part in ("firstName", "lastName"))
    return guess.columns == style.right.get(guess.field, ()) and not guess.template


@pytest.mark.parametrize("name", STYLES)
def test_nine_in_ten_are_right_and_no_wrong_one_is_sure(name: str) -> None:
    style = read_style(STYLES[name])
    form = Form(75, fields=tuple(map(FormField, FIELDS.split())))
    guesses = propose(form, style.columns, style.rows).guesses

    wrong = {guess.field: guess for guess in guesses if not is_right(guess, style)}
    assert not {field: guess for field, guess in wrong.items() if guess.confidence == "sure"}
    missed = [field for field in style.right if field in wrong]
    assert len(missed) <= len(style.right) / 10, [wrong[field] for field in missed]
