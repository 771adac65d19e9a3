from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("number", models.BigIntegerField(db_column="_id", primary_key=True, serialize=False)),
                ("kid", models.CharField(max_length=43)),
                ("x", models.CharField(max_length=43)),
                ("sealed", models.BinaryField()),
                ("published_at", models.DateTimeField()),
                ("signs_from", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "signing_keys",
                "ordering": ["number"],
            },
        ),
    ]
