import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Trend',
            fields=[
                ('pk', models.CompositePrimaryKey('run', 'place', blank=True, editable=False, primary_key=True, serialize=False)),
                ('run', models.BigIntegerField()),
                ('place', models.SmallIntegerField()),
                ('name', models.CharField(max_length=100)),
                ('posts', models.IntegerField()),
                ('authors', models.IntegerField()),
            ],
            options={
                'db_table': 'trend',
            },
        ),
        migrations.CreateModel(
            name='WithheldTag',
            fields=[
                ('name', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('withheld_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'withheld_tag',
            },
        ),
    ]
