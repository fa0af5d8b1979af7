"""Dates and times as people write them. The order of day and month is decided by the whole column."""

from __future__ import annotations

from components.tables.importing.forms import Form, same_again

DAY, MONTH, YEAR = r"(0?[1-9]|[12]\d|3[01])", r"(0?[1-9]|1[0-2])", r"[12]\d{3}"
CLOCK = r"([01]?\d|2[0-3]):[0-5]\d"
NAME = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
FULL = r"(?i:january|february|march|april|may|june|july|august|september|october|november|december)"
NOTES = {
    "dmy": "{example} was read as {value}: day before month.",
    "mdy": "{example} was read as {value}: month before day.",
    "": "{example} was read as {value}.",
}
CLOCKS = (  # pattern, strptime, type
    ("", "", "DATE"),
    (rf"[ T]{CLOCK}", " %H:%M", "TIMESTAMP"),
    (rf"[ T]{CLOCK}:[0-5]\d", " %H:%M:%S", "TIMESTAMP"),
    (r",? (0?[1-9]|1[0-2]):[0-5]\d ?(?i:am|pm)", " %I:%M %p", "TIMESTAMP"),
    (r",? (0?[1-9]|1[0-2]):[0-5]\d:[0-5]\d ?(?i:am|pm)", " %I:%M:%S %p", "TIMESTAMP"),
)


def _day_orders() -> list[tuple[str, str, str, str]]:
    """Name, pattern, strptime and rival of every day format."""
    found = []
    for mark in "/.-":
        slash = f"[{mark}]"
        found += [
            (f"dmy{mark}", rf"{DAY}{slash}{MONTH}{slash}{YEAR}", f"%d{mark}%m{mark}%Y", f"mdy{mark}"),
            (f"mdy{mark}", rf"{MONTH}{slash}{DAY}{slash}{YEAR}", f"%m{mark}%d{mark}%Y", f"dmy{mark}"),
            (f"dmy2{mark}", rf"{DAY}{slash}{MONTH}{slash}\d\d", f"%d{mark}%m{mark}%y", f"mdy2{mark}"),
            (f"mdy2{mark}", rf"{MONTH}{slash}{DAY}{slash}\d\d", f"%m{mark}%d{mark}%y", f"dmy2{mark}"),
            (f"ymd{mark}", rf"{YEAR}{slash}{MONTH}{slash}{DAY}", f"%Y{mark}%m{mark}%d", ""),
        ]
    for month, code in ((NAME, "%b"), (FULL, "%B")):
        for mark, slash in ((" ", " "), ("-", "-"), ("/", "/")):
            found.append((f"d{code}y{mark}", rf"{DAY}{slash}{month}{slash}{YEAR}", f"%d{mark}{code}{mark}%Y", ""))
            found.append((f"d{code}y2{mark}", rf"{DAY}{slash}{month}{slash}\d\d", f"%d{mark}{code}{mark}%y", ""))
        found.append((f"{code}dy", rf"{month} {DAY}, {YEAR}", f"{code} %d, %Y", ""))
        found.append((f"{code}dy ", rf"{month} {DAY} {YEAR}", f"{code} %d %Y", ""))
    return found


def _parse(code: str, type_: str, mend: str = "{}") -> str:
    parsed = f"TRY_STRPTIME({mend}, '{code}')"
    return f"CAST({parsed} AS DATE)" if type_ == "DATE" else parsed


def _form(name: str, pattern: str, code: str, rival: str, clock: tuple[str, str, str]) -> Form:
    clock_pattern, clock_code, type_ = clock
    upper = clock_pattern.startswith(",?")
    cell = "replace(replace(upper({}), ',', ''), '  ', ' ')" if upper else "replace({}, 'T', ' ')"
    day_code = code.replace(",", "") if upper else code
    mend = cell if clock_pattern else "{}"
    if upper:
        mend = "regexp_replace(" + mend + ", '([0-9])([AP]M)$', '\\1 \\2')"
    elif clock_pattern and "%b" in code.lower():
        mend = "{}"
    sql = _parse(day_code + clock_code, type_, mend)
    order = name[:3] if name[:3] in ("dmy", "mdy") else ""
    return Form(
        f"date:{name}{clock_code}",
        type_,
        pattern + clock_pattern,
        lambda x: sql.replace("{}", x),
        "date",
        rival=f"date:{rival}{clock_code}" if rival else "",
        note=NOTES[order],
    )


ISO_DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
ISO_CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,6})?)?"
ISO_ZONE = r" ?(Z|z|UTC|[-+]\d{2}(:?\d{2})?)"


def _zoned(cell: str) -> str:
    comma = f"replace({cell}, ',', '.')"
    utc = f"regexp_replace({comma}, ' ?(Z|z|UTC)$', '+00:00')"
    plain = f"regexp_replace({utc}, ' ?([-+][0-9][0-9]):?([0-9][0-9])?$', '\\1:\\2')"
    full = f"regexp_replace({plain}, ':$', ':00')"
    seconds = f"regexp_replace({full}, '([ T][0-9][0-9]:[0-9][0-9])([-+])', '\\1:00\\2')"
    return f"TRY_CAST({seconds} AS TIMESTAMPTZ)"


ISO = (
    Form(
        "iso_date",
        "DATE",
        ISO_DAY,
        lambda x: f"TRY_CAST({x} AS DATE)",
        "date",
        quick=lambda x: f"length({x}) = 10 AND {same_again('DATE')(x)}",
        plain=True,
    ),
    Form(
        "iso_timestamp",
        "TIMESTAMP",
        f"{ISO_DAY}[ T]{ISO_CLOCK}",
        lambda x: f"TRY_CAST(replace({x}, ',', '.') AS TIMESTAMP)",
        "date",
        quick=lambda x: f"length({x}) >= 19 AND {same_again('TIMESTAMP')(x)}",
        plain=True,
    ),
    Form(
        "iso_date_or_timestamp",
        "TIMESTAMP",
        f"{ISO_DAY}([ T]{ISO_CLOCK})?",
        lambda x: f"TRY_CAST(replace({x}, ',', '.') AS TIMESTAMP)",
        "date",
        note="some values have no time of day; they were read as midnight.",
    ),
    Form(
        "iso_nanoseconds",
        "TIMESTAMP_NS",
        rf"{ISO_DAY}[ T]([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{{7,9}}",
        lambda x: f"TRY_CAST({x} AS TIMESTAMP_NS)",
        "date",
        plain=True,
    ),
    Form(
        "zoned",
        "TIMESTAMPTZ",
        f"{ISO_DAY}[ T]{ISO_CLOCK}{ISO_ZONE}",
        _zoned,
        "date",
        note="has time zones; every value is kept as the same moment in UTC: {example} is {value}.",
    ),
)
COMPACT = Form(
    "date:compact",
    "DATE",
    r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])",
    lambda x: f"CAST(TRY_STRPTIME({x}, '%Y%m%d') AS DATE)",
    "date",
    note="{example} was read as {value}.",
)
DATES = ISO + tuple(_form(*day, clock) for day in _day_orders() for clock in CLOCKS)
BY_NAME = {form.name: form for form in (*DATES, COMPACT)}
