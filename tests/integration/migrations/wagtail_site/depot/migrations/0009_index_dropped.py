"""Bad: the key was there and loses its index, which no next statement is bound to bring back."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("depot", "0008_unnamed_exclusion")]
    operations = [
        migrations.RunSQL("DROP INDEX bay_parcel"),
    ]
