"""Formatting of dates, hours, amounts, measures and phones by Québec conventions, in French and in English.

No-break spaces (U+00A0) go around "h", before "$", "%" and units, inside numbers, between a day and its month; `plain`
turns them into ordinary spaces for machines and mail subjects. Every `lang` is a language tag; anything but English is
French. Rule on hours and thousands: Office québécois de la langue française.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, tzinfo
from decimal import ROUND_HALF_UP, Decimal

import phonenumbers

from parvis.lib.i18n.languages import Lang, clean

NBSP = "\u00a0"
HALF_A_YEAR = 183  # days: within it, a date without its year is unambiguous
MINUS = "\u2212"

Number = int | float | str | Decimal

DAYS: dict[Lang, tuple[str, ...]] = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
DAYS_SHORT: dict[Lang, tuple[str, ...]] = {
    "fr": ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
    "en": ("Mon.", "Tue.", "Wed.", "Thu.", "Fri.", "Sat.", "Sun."),
}
MONTHS: dict[Lang, tuple[str, ...]] = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin")
    + ("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "en": ("January", "February", "March", "April", "May", "June")
    + ("July", "August", "September", "October", "November", "December"),
}
MONTHS_SHORT: dict[Lang, tuple[str, ...]] = {
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juill.", "août", "sept.", "oct.", "nov.", "déc."),
    "en": ("Jan.", "Feb.", "Mar.", "Apr.", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec."),
}
RELATIVE: dict[Lang, dict[int, str]] = {
    "fr": {-2: "avant-hier", -1: "hier", 0: "aujourd’hui", 1: "demain", 2: "après-demain"},
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
}


def plain(text: str) -> str:
    """The text with ordinary spaces and a hyphen for the minus sign."""
    return text.replace(NBSP, " ").replace(MINUS, "-")


# --- Days and hours ---------------------------------------------------------------------------------------------


def day_of_month(when: date, lang: str = "fr", *, year: bool = False) -> str:
    """Reads "9 février", "1er mai", "February 9"; with the year: "9 février 2026", "February 9, 2026"."""
    text = month_day(when.month, when.day, lang)
    comma = "," if clean(lang) == "en" else ""
    return text + (f"{comma} {when.year}" if year else "")


def month_day(month: int, day: int, lang: str = "fr") -> str:
    """Reads "30 juin", "1er mai", "June 30", of any year."""
    name = MONTHS[clean(lang)][month - 1]
    if clean(lang) == "en":
        return f"{name}{NBSP}{day}"
    return f"{'1er' if day == 1 else day}{NBSP}{name}"


def day(when: date, lang: str = "fr", *, year: bool = True) -> str:
    """Reads "lundi 9 février 2026", "Monday, February 9, 2026"; the year is optional."""
    code = clean(lang)
    glue = ", " if code == "en" else " "
    return f"{DAYS[code][when.weekday()]}{glue}{day_of_month(when, code, year=year)}"


def day_short(when: date, lang: str = "fr", *, today: date | None = None) -> str:
    """Reads "lun. 9 févr.", "Mon. Feb. 9"; given `today`, adds the year to a date more than HALF_A_YEAR away in
    another year.
    """
    code = clean(lang)
    name, month = DAYS_SHORT[code][when.weekday()], MONTHS_SHORT[code][when.month - 1]
    far = today is not None and when.year != today.year and abs(when.toordinal() - today.toordinal()) > HALF_A_YEAR
    if code == "en":
        return f"{name} {month}{NBSP}{when.day}" + (f", {when.year}" if far else "")
    return f"{name} {'1er' if when.day == 1 else when.day}{NBSP}{month}" + (f"{NBSP}{when.year}" if far else "")


def weekday(when: date, lang: str = "fr") -> str:
    """Reads "lundi", "Monday"."""
    return DAYS[clean(lang)][when.weekday()]


def hour(when: time | datetime, lang: str = "fr") -> str:
    """Reads "16 h 42", "9 h 05", "16 h"; "4:42 p.m.", "4 p.m.", "noon", "midnight"; the time zone is not converted."""
    if clean(lang) == "fr":
        return f"{when.hour}{NBSP}h" + (f"{NBSP}{when.minute:02d}" if when.minute else "")
    if when.minute == 0 and when.hour in (0, 12):
        return "noon" if when.hour else "midnight"
    minutes = f":{when.minute:02d}" if when.minute else ""
    return f"{when.hour % 12 or 12}{minutes}{NBSP}{'p.m.' if when.hour >= 12 else 'a.m.'}"


def moment(when: datetime, lang: str = "fr", zone: tzinfo | None = None, *, year: bool = True) -> str:
    """Reads "lundi 9 février 2026 à 16 h 42", "Monday, February 9, 2026 at 4:42 p.m.", in `zone` if given."""
    local = when.astimezone(zone) if zone else when
    return f"{day(local, lang, year=year)} {'at' if clean(lang) == 'en' else 'à'} {hour(local, lang)}"


def without_double_stop(text: str) -> str:
    """Removes the doubled full stop of a sentence that ends with an hour in English ("4 p.m..")."""
    return text.replace("m..", "m.")


def hours_range(start: time, end: time, lang: str = "fr") -> str:
    """Reads "de 8 h à 12 h", "8 a.m. to noon"."""
    if clean(lang) == "en":
        return f"{hour(start, 'en')} to {hour(end, 'en')}"
    return f"de {hour(start)} à {hour(end)}"


def period(start: date | None, end: date | None, lang: str = "fr", *, year: bool = True) -> str:
    """Reads "du 9 au 13 février 2026", "February 9 to 13, 2026", the shortest unambiguous form.

    A single day is given in full, an open side gives "à compter du ..." or "jusqu’au ...", both open give "".
    """
    code = clean(lang)
    if start is None or end is None:
        only = start or end
        if only is None:
            return ""
        opening = {"fr": ("à compter du", "jusqu’au"), "en": ("from", "until")}[code][0 if start else 1]
        return f"{opening} {day_of_month(only, code, year=year)}"
    if start == end:
        return day(start, code, year=year)
    same_year, same_month = start.year == end.year, (start.year, start.month) == (end.year, end.month)
    first = day_of_month(start, code, year=year and not same_year)
    last = day_of_month(end, code, year=year)
    if code == "en":
        if same_month:
            last = f"{end.day}" + (f", {end.year}" if year else "")
        return f"{first} to {last}"
    if same_month:
        first = "1er" if start.day == 1 else str(start.day)
    return f"du {first} au {last}"


def relative_day(when: date, today: date, lang: str = "fr") -> str:
    """Reads "aujourd’hui", "demain", "hier"...; "" when there is no such word for the day."""
    return RELATIVE[clean(lang)].get((when - today).days, "")


def near_day(when: date, today: date, lang: str = "fr") -> str:
    """The relative word when there is one, otherwise "lundi 9 février", with the year when it is not this one."""
    return relative_day(when, today, lang) or day(when, lang, year=when.year != today.year)


# --- Numbers ----------------------------------------------------------------------------------------------------


def number(value: Number, lang: str = "fr", *, places: int | None = None) -> str:
    """Reads "1 234,5", "1,234.5". `places` rounds half up and pads with zeros; without it, digits stay as given."""
    exact = Decimal(str(value))
    if places is not None:
        exact = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    else:
        exact = exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize()
    text = f"{abs(exact):,f}"
    if clean(lang) == "fr":
        text = text.replace(",", NBSP).replace(".", ",")
    return (MINUS if exact < 0 else "") + text


def money(cents: int, lang: str = "fr", *, exact: bool = False) -> str:
    """Reads "1 234,50 $", "$1,234.50" from integer cents; whole dollars have no decimals ("50 $"), unless `exact`."""
    amount = number(Decimal(abs(cents)) / 100, lang, places=2 if exact or cents % 100 else 0)
    sign = MINUS if cents < 0 else ""
    return f"{sign}${amount}" if clean(lang) == "en" else f"{sign}{amount}{NBSP}$"


def percent(value: Number, lang: str = "fr") -> str:
    """Reads "12,5 %", "12.5%"; the value is already in percent."""
    text = number(value, lang)
    return f"{text}%" if clean(lang) == "en" else f"{text}{NBSP}%"


def length(metres: Number, lang: str = "fr") -> str:
    """Reads "60 cm" for whole centimetres under a metre, "1,85 m", "1,2 km" from a kilometre up."""
    exact = Decimal(str(metres))
    centimetres = exact * 100
    if 0 < abs(exact) < 1 and centimetres == centimetres.to_integral_value():
        return f"{number(centimetres, lang)}{NBSP}cm"
    if abs(exact) >= 1000:
        return f"{number((exact / 1000).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP), lang)}{NBSP}km"
    return f"{number(exact, lang)}{NBSP}m"


def area(square_metres: Number, lang: str = "fr") -> str:
    """Reads "11,15 m²", to the hundredth at most."""
    rounded = Decimal(str(square_metres)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{number(rounded, lang)}{NBSP}m²"


def count(value: int, lang: str = "fr", item: str = "", many: str = "") -> str:
    """Reads "12 345"; with nouns "1 jour", "0 jour", "2 jours", "0 days": zero is singular in French only."""
    text = number(value, lang)
    singular = abs(value) < 2 if clean(lang) == "fr" else abs(value) == 1
    noun = item if singular else many or item
    return f"{text}{NBSP}{noun}" if noun else text


def duration(minutes: int, lang: str = "fr") -> str:
    """Reads "3 min", "1 h 20", "2 h", "2 j 3 h" ("2 d 3 h"); past a day, minutes are dropped."""
    minutes = max(minutes, 0)
    days, rest = divmod(minutes, 24 * 60)
    hours, remaining = divmod(rest, 60)
    if days:
        text = f"{days}{NBSP}{'d' if clean(lang) == 'en' else 'j'}"
        return text + (f" {hours}{NBSP}h" if hours else "")
    if hours:
        return f"{hours}{NBSP}h" + (f"{NBSP}{remaining:02d}" if remaining else "")
    return f"{remaining}{NBSP}min"


# --- Phones and lists -------------------------------------------------------------------------------------------


def phone(value: str, lang: str = "fr", extension: str = "") -> str:
    """Reads "450 658-1066", "1 844 722-4636" (toll-free keeps its 1), "911"; other countries in international form.

    A value that is not a phone number is returned unchanged. The extension reads "poste 201" or "ext. 201".
    """
    text = _phone(value.strip())
    if extension:
        text += f", {'ext.' if clean(lang) == 'en' else 'poste'}{NBSP}{extension}"
    return text


def _phone(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    if len(digits) <= 4 or re.search(r"[^\d\s()+.,\-\u00a0]", value):
        return value
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    elif value.startswith("+") or len(digits) != 10:
        try:
            parsed = phonenumbers.parse(value, "CA")
        except phonenumbers.NumberParseException:
            return value
        form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
        return str(phonenumbers.format_number(parsed, form)).replace(" ", NBSP)
    area_code, exchange, line = digits[:3], digits[3:6], digits[6:]
    toll_free = f"1{NBSP}" if area_code in {"800", "833", "844", "855", "866", "877", "888"} else ""
    return f"{toll_free}{area_code}{NBSP}{exchange}-{line}"


def join(items: Sequence[str], lang: str = "fr", *, word: str = "") -> str:
    """Reads "a, b et c", "a, b and c"; `word` replaces "et"/"and" (for instance "ou"/"or").

    When an item contains a comma, semicolons separate the items: "a, b; c; et d".
    """
    link = word or ("and" if clean(lang) == "en" else "et")
    if len(items) < 2:
        return "".join(items)
    if any(", " in item for item in items):
        return f"{'; '.join(items[:-1])}; {link} {items[-1]}"
    return f"{', '.join(items[:-1])} {link} {items[-1]}"
