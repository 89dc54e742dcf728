"""Bad: a moment in no time zone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("depot", "0005_key_without_index")]
    operations = [
        migrations.RunSQL("ALTER TABLE depot_bay ADD COLUMN seen timestamp"),
    ]
