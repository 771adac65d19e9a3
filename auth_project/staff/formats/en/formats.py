"""How the admin site writes times, which are all in UTC: short, sortable, and the same for everybody."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i:s"
