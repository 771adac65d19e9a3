from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name='DailyFigure',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'name', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('name', models.CharField(max_length=30)),
                ('value', models.BigIntegerField()),
            ],
            options={
                'db_table': 'daily_figure',
            },
        ),
    ]
