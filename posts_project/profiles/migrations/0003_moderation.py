from django.db import migrations, models

_STATES = [('active', 'Active'), ('deactivated', 'Deactivated'), ('suspended', 'Suspended'), ('erased', 'Erased')]


class Migration(migrations.Migration):

    dependencies = [
        ('profiles', '0002_erased_person'),
    ]

    operations = [
        migrations.AddField(
            model_name='profile',
            name='is_limited',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='profile',
            name='told_state',
            field=models.CharField(blank=True, choices=_STATES, max_length=11, null=True),
        ),
    ]
