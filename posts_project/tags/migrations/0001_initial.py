import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('profiles', '0002_erased_person'),
    ]

    operations = [
        migrations.CreateModel(
            name='TagFollow',
            fields=[
                ('pk', models.CompositePrimaryKey('profile_id', 'name', blank=True, editable=False, primary_key=True, serialize=False)),
                ('profile', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='profiles.profile')),
                ('name', models.CharField(max_length=100)),
                ('since', models.BigIntegerField()),
            ],
            options={
                'db_table': 'tag_follow',
            },
        ),
    ]
