import django.db.models.deletion
import django_mongodb_backend.fields.array
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tokens', '0002_ended_by_staff'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
                ('user', models.OneToOneField(db_column='_id', on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='second_factor', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('sealed_secret', models.BinaryField()),
                ('enrolled_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('last_step', models.BigIntegerField(default=0)),
                ('salt', models.BinaryField(default=b'')),
                ('recovery_hashes', django_mongodb_backend.fields.array.ArrayField(models.CharField(max_length=64), default=list)),
            ],
            options={
                'db_table': 'second_factors',
            },
        ),
        migrations.AlterField(
            model_name='session',
            name='end_reason',
            field=models.CharField(blank=True, choices=[('logout', 'Logout'), ('token_reused', 'Token Reused'), ('by_user', 'By User'), ('password_changed', 'Password Changed'), ('too_many', 'Too Many'), ('staff', 'Staff')], max_length=20),
        ),
        migrations.AlterField(
            model_name='session',
            name='user',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['user', 'ended_at', '-created_at'], name='sessions_of_user'),
        ),
    ]
