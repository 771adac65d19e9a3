"""What staff did to somebody is looked up when that person is erased."""

from django.db import migrations


def create_index(apps, schema_editor):
    schema_editor.connection.database["django_admin_log"].create_index("object_id", name="admin_log_object_id")


def drop_index(apps, schema_editor):
    schema_editor.connection.database["django_admin_log"].drop_index("admin_log_object_id")


class Migration(migrations.Migration):
    dependencies = [("admin", "0001_initial")]

    operations = [migrations.RunPython(create_index, drop_index)]
