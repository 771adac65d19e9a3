from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

# As `search.profiles` puts it.
_NAMES = """
    CREATE INDEX CONCURRENTLY IF NOT EXISTS profile_names
    ON profile USING gin ((username || ' ' || display_name) gin_trgm_ops)
"""
# In the order of code points, whatever the database's collation is: all tags that begin so stand together.
_TAGS = """
    CREATE INDEX CONCURRENTLY IF NOT EXISTS post_tag_beginnings ON post_tag (name varchar_pattern_ops, post_id)
"""


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('posts', '0006_words'),
        ('profiles', '0002_erased_person'),
    ]

    operations = [
        # Any role that may create objects in the database may have it; where ours may not, its owner creates it before.
        TrigramExtension(),
        migrations.RunSQL(_NAMES, "DROP INDEX CONCURRENTLY IF EXISTS profile_names"),
        migrations.RunSQL(_TAGS, "DROP INDEX CONCURRENTLY IF EXISTS post_tag_beginnings"),
    ]
