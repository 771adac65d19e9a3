from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):

    dependencies = [
        ("revocations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RevokedKey",
            fields=[
                ("kid", models.TextField(primary_key=True, serialize=False)),
                ("recorded_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "db_table": "revoked_key",
                "indexes": [models.Index(fields=["recorded_at"], name="revoked_key_recorded")],
            },
        ),
    ]
