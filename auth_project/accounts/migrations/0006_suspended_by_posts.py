from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_erased_again'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='moderation_sequence',
            field=models.BigIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='user',
            name='suspended_by_posts',
            field=models.BooleanField(default=False, editable=False, verbose_name='suspended by moderators'),
        ),
    ]
