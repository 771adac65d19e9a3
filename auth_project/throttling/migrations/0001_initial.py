from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('id', models.CharField(db_column='_id', max_length=120, primary_key=True, serialize=False)),
                ('hits', models.BigIntegerField()),
                ('expires_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'counters',
                'indexes': [models.Index(fields=['expires_at'], name='counters_expires_at')],
            },
        ),
    ]
