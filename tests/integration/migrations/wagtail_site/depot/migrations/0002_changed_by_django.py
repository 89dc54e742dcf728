"""The ways in which Django goes about a change: keys are dropped and made again, checks come and go."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("depot", "0001_made_by_django")]
    operations = [
        migrations.AlterField("Warehouse", "id", models.BigAutoField(primary_key=True)),
        migrations.RenameModel("Warehouse", "Depot"),
        migrations.RenameField("Parcel", "warehouse", "depot"),
        migrations.AlterField("Depot", "name", models.CharField(max_length=80, db_index=True)),
        migrations.AlterField("Depot", "note", models.TextField(unique=True)),
        migrations.AlterField("Parcel", "number", models.PositiveSmallIntegerField(null=True)),
        migrations.AlterField("Parcel", "label", models.ForeignKey("depot.Depot", models.CASCADE, related_name="+")),
        migrations.AddField("Parcel", "next", models.ForeignKey("depot.Parcel", models.SET_NULL, null=True)),
        migrations.AddField("Parcel", "weight", models.PositiveIntegerField(default=1)),
        migrations.AlterUniqueTogether("Parcel", {("number", "depot")}),
        migrations.AddConstraint("Parcel", models.CheckConstraint(condition=models.Q(weight__lt=100), name="light")),
        migrations.RenameIndex("Depot", new_name="depot_slug", old_name="warehouse_slug"),
        migrations.RemoveField("Parcel", "visited"),
        migrations.AddField("Parcel", "seen", models.ManyToManyField("depot.Depot", related_name="+")),
        migrations.AlterModelTable("Depot", "depot_site"),
        migrations.DeleteModel("Shelf"),
    ]
