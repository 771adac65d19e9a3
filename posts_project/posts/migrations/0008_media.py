from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('posts', '0007_hidden'),
    ]

    operations = [
        migrations.AddField(
            model_name='post',
            name='has_media',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
