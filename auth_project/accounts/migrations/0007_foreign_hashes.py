import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_suspended_by_posts'),
    ]

    operations = [
        migrations.CreateModel(
            name='ForeignHashes',
            fields=[
                ('id', models.IntegerField(db_column='_id', primary_key=True, serialize=False)),
                ('users', models.BigIntegerField()),
                ('kinds', models.JSONField()),
                ('counted_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'db_table': 'foreign_hashes',
            },
        ),
    ]
