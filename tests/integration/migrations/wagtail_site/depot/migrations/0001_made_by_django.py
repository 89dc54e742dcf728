"""Every kind of field and constraint for which Django writes SQL of its own; nothing that an author could do better."""

import uuid

from django.contrib.postgres import constraints, fields, indexes
from django.db import migrations, models

WAREHOUSE = [
    ("id", models.AutoField(primary_key=True)),
    ("name", models.CharField(max_length=50, unique=True)),
    ("slug", models.SlugField()),
    ("note", models.TextField(db_index=True)),
    ("stock", models.PositiveIntegerField(default=0)),
    ("doubled", models.GeneratedField(expression=models.F("stock") * 2, output_field=models.IntegerField(), db_persist=True)),
    ("price", models.DecimalField(max_digits=12, decimal_places=2)),
    ("weight", models.FloatField()),
    ("active", models.BooleanField(default=True)),
    ("address", models.GenericIPAddressField()),
    ("photo", models.BinaryField()),
    ("opened", models.DateTimeField(auto_now_add=True)),
    ("closes", models.TimeField()),
    ("built", models.DateField()),
    ("lead_time", models.DurationField()),
    ("booked", fields.DateTimeRangeField(null=True)),
    ("tags", fields.ArrayField(models.CharField(max_length=20), default=list)),
    ("details", models.JSONField(default=dict)),
    ("words", models.CharField(max_length=20, choices=[("a", "A"), ("b", "B")])),
]  # fmt: skip


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Warehouse",
            WAREHOUSE,
            options={
                "indexes": [models.Index(fields=["slug", "name"], name="warehouse_slug"), indexes.GinIndex("details", name="warehouse_details")],
                "constraints": [
                    models.UniqueConstraint(fields=["name", "slug"], name="warehouse_unique"),
                    models.UniqueConstraint(fields=["slug"], condition=models.Q(active=True), name="warehouse_active"),
                    models.CheckConstraint(condition=models.Q(price__gte=0), name="warehouse_price"),
                    constraints.ExclusionConstraint(name="warehouse_booked", expressions=[("booked", "&&")]),
                ],
            },
        ),
        migrations.CreateModel(
            "Parcel",
            [
                ("id", models.UUIDField(primary_key=True, default=uuid.uuid4)),
                ("warehouse", models.ForeignKey("depot.Warehouse", models.CASCADE)),
                ("label", models.OneToOneField("depot.Warehouse", models.PROTECT, related_name="+")),
                ("number", models.IntegerField()),
                ("visited", models.ManyToManyField("depot.Warehouse", related_name="+")),
            ],
            options={"unique_together": {("warehouse", "number")}},
        ),
        migrations.CreateModel(
            "Shelf",
            [
                ("pk", models.CompositePrimaryKey("warehouse_id", "number")),
                ("warehouse", models.ForeignKey("depot.Warehouse", models.CASCADE)),
                ("number", models.IntegerField()),
            ],
        ),
    ]  # fmt: skip
