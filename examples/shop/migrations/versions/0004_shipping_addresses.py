"""shipping addresses

There are no orders yet, so the new column of "orders" may be NOT NULL from the start.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "addresses",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("postal_code", sa.String(length=16), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("country_code", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_addresses_customer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
    )
    op.create_index(op.f("ix_addresses_customer_id"), "addresses", ["customer_id"], unique=False)
    op.add_column("orders", sa.Column("address_id", sa.Uuid(), nullable=False))
    # The key comes before its index: the index must only exist at the end of the transaction.
    op.create_foreign_key(
        op.f("fk_orders_address_id"), "orders", "addresses", ["address_id"], ["id"], ondelete="RESTRICT"
    )
    op.create_index(op.f("ix_orders_address_id"), "orders", ["address_id"], unique=False)


def downgrade() -> None:
    op.drop_column("orders", "address_id")
    op.drop_table("addresses")
