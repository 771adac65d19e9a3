from django.db import migrations, models


class Migration(migrations.Migration):
    """Timelines are made anew when their owners come by: they are dropped with the old table."""

    dependencies = [
        ('feeds', '0001_initial'),
        ('posts', '0003_entry'),
    ]

    operations = [
        migrations.DeleteModel(name='TimelineEntry'),
        migrations.CreateModel(
            name='TimelineEntry',
            fields=[
                ('pk', models.CompositePrimaryKey('owner_id', 'at', blank=True, editable=False, primary_key=True, serialize=False)),
                ('owner_id', models.BigIntegerField()),
                ('at', models.BigIntegerField()),
                ('post_id', models.BigIntegerField()),
                ('by_id', models.BigIntegerField()),
            ],
            options={
                'db_table': 'timeline',
            },
        ),
        migrations.RunSQL("DELETE FROM timeline_owner", migrations.RunSQL.noop),
    ]
