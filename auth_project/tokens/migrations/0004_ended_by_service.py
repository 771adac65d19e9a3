from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("tokens", "0003_second_factor"),
    ]

    operations = [
        migrations.AlterField(
            model_name="session",
            name="end_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("logout", "Logout"),
                    ("token_reused", "Token Reused"),
                    ("by_user", "By User"),
                    ("password_changed", "Password Changed"),
                    ("too_many", "Too Many"),
                    ("staff", "Staff"),
                    ("by_service", "By Service"),
                ],
                max_length=20,
            ),
        ),
    ]
