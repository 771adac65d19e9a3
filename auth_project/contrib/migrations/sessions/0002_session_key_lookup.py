"""A plain index beside the unique one, which is partial and so not used for look-ups: see accounts.User."""

from django.db import migrations


def create_index(apps, schema_editor):
    schema_editor.connection.database["django_session"].create_index("session_key", name="session_key_lookup")


def drop_index(apps, schema_editor):
    schema_editor.connection.database["django_session"].drop_index("session_key_lookup")


class Migration(migrations.Migration):
    dependencies = [("sessions", "0001_initial")]

    operations = [migrations.RunPython(create_index, drop_index)]
