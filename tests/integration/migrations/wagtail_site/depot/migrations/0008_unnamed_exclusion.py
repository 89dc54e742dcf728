"""Bad: nobody knows what the constraint is called."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("depot", "0007_unnamed_key")]
    operations = [
        migrations.RunSQL("ALTER TABLE depot_site ADD EXCLUDE USING gist (booked WITH &&)"),
    ]
