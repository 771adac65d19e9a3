from django.db import migrations

# What somebody brings to their followers: their own posts and those they repost. `at` is its place in time.
_ENTRY = """
    CREATE VIEW entry AS
    SELECT author_id AS by_id, id AS at, id AS post_id FROM post
    UNION ALL SELECT profile_id, since, post_id FROM mark WHERE kind = 'repost'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('posts', '0002_marks_and_threads'),
    ]

    operations = [
        migrations.RunSQL(_ENTRY, "DROP VIEW entry"),
    ]
