from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ServiceClient",
            fields=[
                ("id", models.CharField(db_column="_id", max_length=32, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("secret_hash", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "service_clients",
                "ordering": ["created_at"],
            },
        ),
    ]
