"""Bad: nothing finds the slots of a bay."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("depot", "0004_decided_by_the_author")]
    operations = [
        migrations.CreateModel(
            "Slot",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("bay", models.ForeignKey("depot.Bay", models.CASCADE, db_index=False)),
            ],
        ),
    ]
