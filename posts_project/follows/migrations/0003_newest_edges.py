from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('follows', '0002_blocks_and_mutes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='follow',
            index=models.Index(fields=['followee', 'since'], name='follow_newest_followers'),
        ),
        migrations.AddIndex(
            model_name='follow',
            index=models.Index(fields=['follower', 'since'], name='follow_newest_followees'),
        ),
    ]
