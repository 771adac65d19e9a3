from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('posts', '0006_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='post',
            name='hidden_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
