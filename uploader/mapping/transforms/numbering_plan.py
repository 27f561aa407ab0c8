"""Plain telephone numbers by one look at their digits, in a fifteenth of the time that phonenumbers takes.

The patterns are phonenumbers' own. A plan answers only where they leave a single reading, and then as phonenumbers
would (tests compare the two for every country); where there is any doubt it says nothing, and phonenumbers is asked.
"""

import re
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import NumberFormat, PhoneMetadata

# Digits as people group them: nothing in front, behind or between that would have to be looked at.
TIDY = re.compile(r"\+?\(?\d[\d ()-]{,40}", re.ASCII)
_GAPS = str.maketrans("", "", "+ ()-")
_GROUP = re.compile(r"(?<!\\)\((?!\?)")
NEVER = "(?!)"


@dataclass(frozen=True)
class NumberingPlan:
    """How the numbers of one country are dialled there. `prefix` is the one for calls inside it, such as 0, or empty;
    `abroad` and `inside` are what phonenumbers takes for a prefix; `written` has a group where the prefix is written.
    """

    code: str
    prefix: str
    abroad: re.Pattern[str]
    inside: re.Pattern[str]
    number: re.Pattern[str]
    lengths: frozenset[int]
    written: re.Pattern[str]

    def dialled(self, digits: str, *, has_code: bool) -> str | None:
        """The digits dialled inside the country, with the prefix where people there write it; None where in doubt."""
        number = digits[len(self.code) :] if has_code else digits
        prefix = self.inside.match(number)
        if prefix:
            if has_code or prefix[0] != self.prefix or prefix.lastindex:
                return None
            number = number[len(self.prefix) :]
        if len(number) not in self.lengths or not self.number.fullmatch(number):
            return None
        if not has_code and self.abroad.match(digits):
            return None
        form = self.written.match(number)
        if form and form.lastindex:
            return self.prefix + number
        return number if self.prefix in {"", "1"} else None


def platform_number(text: str, region: str | None) -> str | None:
    """A tidy number as the platform wants it: `(+44)07700900123`; None where phonenumbers has to be asked.

    `region` is the ISO code of the country of numbers without a country code.
    """
    if not TIDY.fullmatch(text):
        return None
    has_code, digits = text.startswith("+"), text.translate(_GAPS)
    found = _region_of(digits) if has_code else region
    plan = numbering_plan(found) if found else None
    dialled = plan.dialled(digits, has_code=has_code) if plan else None
    return f"(+{plan.code}){dialled}" if plan and dialled else None


def _region_of(digits: str) -> str | None:
    """The main country of the code that the digits begin with. No code is the beginning of another (ITU-T E.164)."""
    codes = (int(digits[:length]) for length in (1, 2, 3))
    return next((phonenumbers.region_code_for_country_code(code) for code in codes if _is_code(code)), None)


def _is_code(code: int) -> bool:
    return code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE


@cache
def numbering_plan(region: str) -> NumberingPlan | None:
    """The plan of a country, given by its ISO code; None where numbers are rewritten in ways that need phonenumbers.

    Numbers are read by the country's own patterns and written by those of the main one with its code: +1 is the US.
    """
    code = phonenumbers.country_code_for_region(region)
    own = PhoneMetadata.metadata_for_region(region)
    main = PhoneMetadata.metadata_for_region(phonenumbers.region_code_for_country_code(code))
    prefix = (main and main.national_prefix) or ""
    if not own or not own.general_desc or not main or not main.general_desc:
        return None
    if not all(_is_plain(form, prefix) for form in main.number_format):
        return None
    return NumberingPlan(
        code=str(code),
        prefix=prefix,
        abroad=re.compile(f"(?:00|{code}|{own.international_prefix or NEVER})"),
        inside=re.compile(own.national_prefix_for_parsing or NEVER),
        number=re.compile(own.general_desc.national_number_pattern or NEVER),
        lengths=frozenset(main.general_desc.possible_length) - {*main.general_desc.possible_length_local_only},
        written=re.compile("|".join(map(_written, main.number_format)) or NEVER),
    )


def _is_plain(form: NumberFormat, prefix: str) -> bool:
    """Whether it only puts gaps between the digits, and perhaps the prefix in front."""
    layout = form.format or ""
    groups, more = re.findall(r"\\(\d)", layout), re.findall(r"(?<!\\)\d", layout)
    in_order = groups == [str(number) for number in range(1, len(groups) + 1)]
    return in_order and not more and _in_front(form) in {"", prefix}


def _in_front(form: NumberFormat) -> str:
    """The digits that are written before the number's own."""
    return re.sub(r"\\1|\D", "", form.national_prefix_formatting_rule or "")


def _written(form: NumberFormat) -> str:
    """A pattern for the numbers of this form, with an empty group at its end where the prefix is written."""
    leading = form.leading_digits_pattern[-1] if form.leading_digits_pattern else ""
    mark = "()" if _in_front(form) else ""
    return rf"(?=(?:{leading}))(?:{_GROUP.sub('(?:', form.pattern or NEVER)})\Z{mark}"
