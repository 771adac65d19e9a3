import jwt
from django.db import migrations, models


def fill_in(apps, schema_editor):
    """Receipts say whom they are of, to whoever has the key and is told an id."""
    for erasure in apps.get_model("accounts", "Erasure").objects.filter(subject_hash=None).exclude(receipt=None):
        claims = jwt.decode(erasure.receipt, options={"verify_signature": False})
        erasure.subject_hash = claims["subject_hash"]
        erasure.save(update_fields=["subject_hash"])


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0004_proof_of_erasure"),
    ]

    operations = [
        migrations.AddField(
            model_name="erasure",
            name="subject_hash",
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(fields=["subject_hash"], name="erasures_subject_hash"),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
