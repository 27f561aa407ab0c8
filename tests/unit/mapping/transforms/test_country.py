"""Countries: the table, and how what people write is recognized."""

import contextlib

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.mapping.transforms import InvalidValue, NeedsRegion, Transform, build
from uploader.mapping.transforms.country import Country, countries, find_country, nearest_countries


def country(to: str = "name") -> Transform:
    built = build("country", {"to": to})
    assert not isinstance(built, NeedsRegion)
    return built


def test_table_is_iso_3166_and_kosovo() -> None:
    assert len(countries()) == 250
    for unique in ("alpha2", "alpha3", "name"):
        assert len({getattr(one, unique) for one in countries()}) == 250
    assert all(len(one.alpha2) == 2 and len(one.alpha3) == 3 and one.name for one in countries())
    # An independent list: two of its regions (Ascension, Tristan da Cunha) belong to SH in ISO 3166-1.
    assert phonenumbers.SUPPORTED_REGIONS - {one.alpha2 for one in countries()} == {"AC", "TA"}


@pytest.mark.parametrize("one", countries(), ids=lambda one: one.alpha2)
def test_every_spelling_means_one_country(one: Country) -> None:
    for spelling in (one.alpha2, one.alpha3, one.name, *one.other_names):
        assert find_country(spelling) is one, spelling
        assert find_country(f" {spelling.upper()} ") is one, spelling


@pytest.mark.parametrize(
    ("text", "alpha2"),
    [
        ("UK", "GB"), ("u.k.", "GB"), ("Great Britain", "GB"), ("England", "GB"), ("USA", "US"), ("U.S.", "US"),
        ("U. S. A.", "US"), ("the united states", "US"), ("EE. UU.", "US"), ("Deutschland", "DE"), ("ALLEMAGNE", "DE"),
        ("Alemania", "DE"), ("Österreich", "AT"), ("Osterreich", "AT"), ("Schweiz", "CH"), ("España", "ES"),
        ("Espana", "ES"), ("Pays-Bas", "NL"), ("The Netherlands", "NL"), ("Holland", "NL"), ("NA", "NA"), ("no", "NO"),
        ("Cote d’Ivoire", "CI"), ("St Lucia", "LC"), ("Bosnia & Herzegovina", "BA"), ("Korea, Republic of", "KR"),
        ("Corée du Nord", "KP"), ("Türkiye", "TR"), ("Czechia", "CZ"), ("DR Congo", "CD"), ("Congo", "CG"),
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
        ("日本", "unknown country '日本'", ""),
        ("?", "unknown country '[?]'", ""),
    ],
)
def test_unknown_country_gets_suggestions(text: str, message: str, fix: str) -> None:
    with pytest.raises(InvalidValue, match=message) as caught:
        country()(text)
    assert caught.value.fix == fix
    assert "values" in caught.value.hint


def test_number_of_suggestions_is_limited() -> None:
    assert len(nearest_countries("Islands", 2)) == 2


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
