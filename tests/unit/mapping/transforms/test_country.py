"""Countries: the table, and how what people write is recognized."""

import contextlib

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.mapping.invalid_value import values_fix
from uploader.mapping.transforms import InvalidValue, NeedsRegion, Transform, build
from uploader.mapping.transforms.country import MAX_SUGGESTIONS, Country, countries, find_country, nearest_countries


def country(to: str = "name") -> Transform:
    built = build("country", {"to": to})
    assert not isinstance(built, NeedsRegion)
    return built


def test_table_is_iso_3166_and_kosovo() -> None:
    assert len(countries()) == 250
    assert {one.alpha2 for one in countries() if not one.numeric} == {"XK"}
    assert all(one.numeric.isdigit() and len(one.numeric) == 3 for one in countries() if one.numeric)
    for unique in ("alpha2", "alpha3", "name"):
        assert len({getattr(one, unique) for one in countries()}) == 250
    assert all(len(one.alpha2) == 2 and len(one.alpha3) == 3 and one.name for one in countries())
    # An independent list: two of its regions (Ascension, Tristan da Cunha) belong to SH in ISO 3166-1.
    assert phonenumbers.SUPPORTED_REGIONS - {one.alpha2 for one in countries()} == {"AC", "TA"}


@pytest.mark.parametrize("one", countries(), ids=lambda one: one.alpha2)
def test_every_spelling_means_one_country(one: Country) -> None:
    numbers = (one.numeric, f"{one.numeric}.0") if one.numeric else ()
    for spelling in (one.alpha2, one.alpha3, one.name, *one.other_names, *numbers):
        assert find_country(spelling) is one, spelling
        assert find_country(f" {spelling.upper()} ") is one, spelling
        assert find_country(spelling.ljust(200)) is one, spelling


@pytest.mark.parametrize(
    ("text", "alpha2"),
    [
        ("UK", "GB"), ("u.k.", "GB"), ("Great Britain", "GB"), ("England", "GB"), ("USA", "US"), ("U.S.", "US"),
        ("U. S. A.", "US"), ("the united states", "US"), ("EE. UU.", "US"), ("Deutschland", "DE"), ("ALLEMAGNE", "DE"),
        ("Alemania", "DE"), ("Österreich", "AT"), ("Osterreich", "AT"), ("Schweiz", "CH"), ("España", "ES"),
        ("Espana", "ES"), ("Pays-Bas", "NL"), ("The Netherlands", "NL"), ("Holland", "NL"), ("NA", "NA"), ("no", "NO"),
        ("Cote d’Ivoire", "CI"), ("St Lucia", "LC"), ("Bosnia & Herzegovina", "BA"), ("Korea, Republic of", "KR"),
        ("Corée du Nord", "KP"), ("Türkiye", "TR"), ("Czechia", "CZ"), ("DR Congo", "CD"), ("Congo", "CG"),
        ("EL", "GR"), ("XI", "GB"), ("N. Ireland", "GB"), ("N Ireland", "GB"), ("ROI", "IE"),
        ("Southern Ireland", "IE"),
        ("Rep. of Ireland", "IE"), ("S. Korea", "KR"), ("N. Korea", "KP"), ("N. Macedonia", "MK"), ("S. Africa", "ZA"),
        ("Czech Rep.", "CZ"), ("Dominican Rep.", "DO"), ("Central African Rep.", "CF"), ("Gambia, The", "GM"),
        ("Netherlands (the)", "NL"), ("United Kingdom (UK)", "GB"), ("USA (United States)", "US"),
        ("China (PRC)", "CN"),
        ("Germany (DE)", "DE"), ("DE - Germany", "DE"), ("DE/Deutschland", "DE"), ("GB-ENG", "GB"), ("DE-NW", "DE"),
        ("Korea (South)", "KR"), ("Republic of Korea (South Korea)", "KR"), ("Timor-Leste", "TL"), ("276", "DE"),
        ("840", "US"), ("826", "GB"), ("004", "AF"), ("036", "AU"), ("276.0", "DE"), (" 040 ", "AT"),
        ("Niger", "NE"), ("Nigeria", "NG"), ("Island", "IS"), ("Irland", "IE"), ("VAE", "AE"), ("nam", "NA"),
    ],
)  # fmt: skip
def test_usual_spellings_are_known(text: str, alpha2: str) -> None:
    assert country("alpha2")(text) == alpha2


def test_output_is_a_name_or_a_code() -> None:
    assert [country(to)("Deutschland") for to in ("name", "alpha2", "alpha3")] == ["Germany", "DE", "DEU"]
    with pytest.raises(ValueError, match="country: to: input should be 'name', 'alpha2' or 'alpha3'"):
        build("country", {"to": "alpha4"})


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("Germny", "unknown country 'Germny'; did you mean Germany", "values: {Germny: Germany}"),
        ("Untied Kingdom", "did you mean United Kingdom", "values: {Untied Kingdom: United Kingdom}"),
        ("Korea", "did you mean North Korea or South Korea", ""),
        ("Null", "unknown country 'Null'", ""),
        ("N.Irelnd", "unknown country", ""),
        ("Ireland and UK", "did you mean Ireland", ""),
        ("Kingdom of Spain", "did you mean Spain[?]", ""),
        ("Austraila", "did you mean Australia or Austria", ""),
        ("Dominican", "did you mean Dominican Republic or Dominica", ""),
        ("New Guinea", "did you mean Guinea or Papua New Guinea", ""),
        ("Niger Republic", "did you mean Niger[?]", ""),
        ("Africa", "did you mean South Africa", ""),
        ("US-CA", "unknown country 'US-CA'", ""),
        ("FR/DE", "unknown country 'FR/DE'", ""),
        ("49", "unknown country '49'; numeric codes have three digits", ""),
        ("4", "unknown country '4'; numeric codes have three digits", ""),
        ("999", "unknown country '999'; numeric", ""),
        ("日本", "unknown country '日本'", ""),
        ("?", "unknown country '[?]'", ""),
    ],
)
def test_unknown_country_gets_suggestions(text: str, message: str, fix: str) -> None:
    with pytest.raises(InvalidValue, match=message) as caught:
        country()(text)
    assert caught.value.fix == fix
    assert caught.value.hint


def test_number_of_suggestions_is_limited() -> None:
    assert len(nearest_countries("Islands", 2)) == 2


@settings(max_examples=300)
@given(st.sampled_from(countries()), st.data())
def test_fix_for_a_typo_is_never_another_country(one: Country, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([one.name, *one.other_names]))
    place = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from(["", name[place] * 2, "e", " ", name[place - 1]]))
    text = name[:place] + letter + name[place + 1 :]
    if find_country(text) is None and text.strip():
        with pytest.raises(InvalidValue) as caught:
            country()(text)
        assert caught.value.fix in {"", values_fix(text, one.name)}


@pytest.mark.parametrize("text", ["S udan", "S. udan", "S Sudn", "N orway", "N. Korae"])
def test_what_may_be_an_abbreviation_has_no_fix(text: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        country()(text)
    assert caught.value.fix == ""


WORDS = [
    "n",
    "s",
    "rep",
    "dem",
    "of",
    "the",
    "and",
    "new",
    "united",
    "islands",
    "el",
    "uk",
    "ireland",
    "korea",
    "congo",
]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(WORDS)))
def test_fix_for_parts_of_names_is_never_offered(words: list[str]) -> None:
    text = " ".join(words) or "?"
    if find_country(text) is None:
        with pytest.raises(InvalidValue) as caught:
            country()(text)
        assert caught.value.fix == ""


def test_suggestions_end_after_many_unknown_countries() -> None:
    transform = country()
    texts = ["Germny", *(f"nothing like it {number}" for number in range(MAX_SUGGESTIONS)), "Frnace", "Germny"]
    messages = []
    for text in texts:
        with pytest.raises(InvalidValue) as caught:
            transform(text)
        messages.append(str(caught.value))
    assert messages[0] == messages[-1] == "unknown country 'Germny'; did you mean Germany?"
    assert messages[-2] == "unknown country 'Frnace'"


@settings(max_examples=50)
@given(st.sampled_from(countries()), st.sampled_from(["name", "alpha2", "alpha3"]))
def test_transform_is_idempotent(one: Country, to: str) -> None:
    once = country(to)(one.name)
    assert country(to)(once) == once


@settings(max_examples=100)
@given(st.text(min_size=1, max_size=20))
def test_any_text_is_a_country_or_invalid(text: str) -> None:
    with contextlib.suppress(InvalidValue):
        written = country()(text)
        assert written in {one.name for one in countries()}
