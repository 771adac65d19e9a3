from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("events", "0004_inbox"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxevent",
            name="asked_again_at",
            field=models.DateTimeField(null=True),
        ),
    ]
