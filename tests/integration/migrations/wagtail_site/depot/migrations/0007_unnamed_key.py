"""Bad: nobody knows what the key is called."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("depot", "0006_naive_timestamp")]
    operations = [
        migrations.RunSQL("ALTER TABLE depot_slot ADD FOREIGN KEY (id) REFERENCES depot_bay ON DELETE CASCADE"),
    ]
