"""What Django does because the app says so."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("depot", "0003_outside_of_a_transaction")]
    operations = [
        migrations.AddField("Bay", "number", models.IntegerField(default=0, db_column="bayNumber")),
        AddConstraintNotValid("Bay", models.CheckConstraint(condition=models.Q(number__gte=0), name="bay_number")),
        migrations.RunSQL("CREATE TABLE depot_log (line text)"),
    ]
