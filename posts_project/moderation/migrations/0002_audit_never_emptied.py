from django.db import migrations

# As 0001 has it for single rows; the function is the same.
_NEVER_EMPTIED = """
    CREATE TRIGGER audit_entry_never_emptied BEFORE TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(_NEVER_EMPTIED, "DROP TRIGGER audit_entry_never_emptied ON audit_entry"),
    ]
