"""What is counted of each day: a line here is a chart on the first page of the admin site.

Tables are read by name, since all apps that have them stand above this one.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Series:
    """`count` is a statement for one day, of parameters `low` and `high` (the day's snowflakes) and `start` and `end`
    (its moments); the second of each pair belongs to the next day.

    :param tells_past: whether it can be asked for days that are long over, too.
    :param adds_up: whether the sum of days says anything: one person is active on many.
    """

    name: str
    title: str
    about: str
    count: str
    tells_past: bool = True
    adds_up: bool = True


SERIES = [
    Series(
        name="posts",
        title="Posts",
        about="written on each day, and still there when they were counted, the day after at the latest",
        count="SELECT count(*) FROM post WHERE id >= %(low)s AND id < %(high)s",
    ),
    Series(
        name="active_people",
        title="Active people",
        about="who looked at their home timeline",
        count="SELECT count(*) FROM timeline_owner WHERE last_seen_at >= %(start)s AND last_seen_at < %(end)s",
        # Only the last visit of each is known.
        tells_past=False,
        adds_up=False,
    ),
    Series(
        name="follows",
        title="New follows",
        about="that began on each day, and were still there when they were counted",
        count="SELECT count(*) FROM follow WHERE since >= %(low)s AND since < %(high)s",
    ),
    Series(
        name="reports",
        title="Reports",
        about="sent to moderators on each day",
        count="SELECT count(*) FROM report WHERE id >= %(low)s AND id < %(high)s",
    ),
]
