"""Each statement is committed by itself, and Django makes the key before its index."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("depot", "0002_changed_by_django")]
    operations = [
        migrations.CreateModel(
            "Bay",
            [("id", models.BigAutoField(primary_key=True)), ("depot", models.ForeignKey("depot.Depot", models.CASCADE))],
        ),
        migrations.AddField("Bay", "parcel", models.ForeignKey("depot.Parcel", models.CASCADE, db_index=False, null=True)),
        AddIndexConcurrently("Bay", models.Index(fields=["parcel"], name="bay_parcel")),
    ]  # fmt: skip
