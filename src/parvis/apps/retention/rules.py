"""When a period began that is over now. Pure."""

from datetime import datetime

from parvis.lib.months import add_months


def months_before(moment: datetime, months: int) -> datetime:
    """The same hour, that many months before a moment, or the last day of that month when it is shorter."""
    return datetime.combine(add_months(moment.date(), -months), moment.timetz())
