from django.db import migrations, models

# What is there of everybody who is merged at read now, or still by some.
_FILL = """
    INSERT INTO pulled (by_id, at, post_id)
    SELECT by_id, at, post_id FROM entry
    WHERE by_id IN (SELECT id FROM profile WHERE is_pulled UNION SELECT followee_id FROM follow WHERE pull)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('feeds', '0002_reposts'),
        ('follows', '0003_newest_edges'),
        ('posts', '0003_entry'),
        ('profiles', '0003_moderation'),
    ]

    operations = [
        migrations.CreateModel(
            name='PulledEntry',
            fields=[
                ('pk', models.CompositePrimaryKey('by_id', 'at', blank=True, editable=False, primary_key=True, serialize=False)),
                ('by_id', models.BigIntegerField()),
                ('at', models.BigIntegerField()),
                ('post_id', models.BigIntegerField()),
            ],
            options={
                'db_table': 'pulled',
                'indexes': [models.Index(fields=['at'], include=('by_id', 'post_id'), name='pulled_in_time')],
            },
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
