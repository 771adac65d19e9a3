"""How often somebody may do what: one budget for all that costs others the same. docs/limits.md has the table.

Everything that writes has one. Reads have none: counting would cost a fifth of what they do
(docs/adr/0004-reads-are-not-counted.md); but for search, in which a call can be made to cost more than a page.
"""

from shared.rate_limits import Quota

_HOUR = 3_600
_DAY = 24 * _HOUR

# What comes to all followers, and to whoever is mentioned.
PUBLISH = Quota(name="publish", limit=300, window_seconds=3 * _HOUR, per="user")
REPOST = Quota(name="repost", limit=300, window_seconds=3 * _HOUR, per="user")
# Whoever is followed, or asked, is told of it.
FOLLOW = Quota(name="follow", limit=400, window_seconds=_DAY, per="user")
# Whom one hears of, and who hears of oneself.
RELATE = Quota(name="relate", limit=600, window_seconds=_HOUR, per="user")
# Changing and deleting what one has written.
EDIT = Quota(name="edit", limit=300, window_seconds=_HOUR, per="user")
# What is not out yet: a client may well keep a draft with every pause in typing.
DRAFT = Quota(name="draft", limit=1_000, window_seconds=_HOUR, per="user")
# Lists and filters, of which only they know who keep them.
KEEP = Quota(name="keep", limit=1_000, window_seconds=_HOUR, per="user")
# Reading what one was told, and of what one wants to be told.
NOTIFY = Quota(name="notifications", limit=1_000, window_seconds=_HOUR, per="user")
# Opening the stream: an app does so when it starts, and again when it was cut off.
STREAM = Quota(name="stream", limit=60, window_seconds=60, per="user")
# What moderators have to read.
REPORT = Quota(name="report", limit=100, window_seconds=_DAY, per="user")
APPEAL = Quota(name="appeal", limit=20, window_seconds=_DAY, per="user")
# Ten a second: whoever types has what they type looked for.
SEARCH = Quota(name="search", limit=600, window_seconds=60, per="user")
# Likes, bookmarks, pins, votes, muted threads.
MARK = Quota(name="mark", limit=1_000, window_seconds=_HOUR, per="user")
# Pictures: each costs seconds at the worst, and place until it is used or a day old.
UPLOAD = Quota(name="upload", limit=120, window_seconds=_HOUR, per="user")
UPLOADS_OF_A_DAY = Quota(name="upload-day", limit=500, window_seconds=_DAY, per="user")
