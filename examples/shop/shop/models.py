"""The tables of the shop.

The conventions are in one place, `Base` and the types next to it, so that no model has to repeat them and
`alembic revision --autogenerate` writes migrations that the database accepts unedited:

* every constraint and index has a name, given by `NAMING_CONVENTION`;
* every time carries its time zone;
* every foreign key says what happens on delete and has an index;
* strings are bounded, money is an integer number of cents, and only times (`deleted_at`, `paid_at`) may be NULL.
"""

import enum
import uuid
from datetime import datetime
from typing import Annotated

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    MetaData,
    String,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ENUM
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

Key = Annotated[uuid.UUID, mapped_column(Uuid, primary_key=True, server_default=func.gen_random_uuid())]
RowNumber = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
Cents = Annotated[int, mapped_column(BigInteger)]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {datetime: DateTime(timezone=True)}


class Timestamps:
    """When a row was created and last changed."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=100)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now(), sort_order=101)


def labels(kind: type[enum.Enum]) -> ENUM:
    """An enum type of the database, named after the class, that holds the members' values.

    The revisions create and drop it: see enum_types.py.
    """
    name = "".join("_" + letter.lower() if letter.isupper() else letter for letter in kind.__name__).lstrip("_")
    return ENUM(kind, name=name, create_type=False, values_callable=lambda kind: [member.value for member in kind])


class OrderStatus(enum.Enum):
    PENDING = "pending"
    PAID = "paid"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


class PaymentMethod(enum.Enum):
    CARD = "card"
    TRANSFER = "transfer"


class Category(Timestamps, Base):
    __tablename__ = "categories"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))

    products: Mapped[list["Product"]] = relationship(back_populates="category")


class ProductTag(Base):
    """Which product has which tag. Its primary key serves the look-ups by product, the index those by tag."""

    __tablename__ = "product_tags"

    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True)


class Product(Timestamps, Base):
    __tablename__ = "products"
    __table_args__ = (CheckConstraint("price_cents >= 0", name="price_cents_not_negative"),)

    id: Mapped[Key]
    category_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("categories.id", ondelete="RESTRICT"), index=True)
    sku: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(String(2000), server_default="")
    price_cents: Mapped[Cents]
    available: Mapped[bool] = mapped_column(server_default=text("true"))

    category: Mapped[Category] = relationship(back_populates="products")
    tags: Mapped[list["Tag"]] = relationship(secondary="product_tags", back_populates="products")


class Tag(Timestamps, Base):
    __tablename__ = "tags"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(60), unique=True)

    products: Mapped[list[Product]] = relationship(secondary="product_tags", back_populates="tags")


class Customer(Timestamps, Base):
    __tablename__ = "customers"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    deleted_at: Mapped[datetime | None]

    orders: Mapped[list["Order"]] = relationship(back_populates="customer")


class Address(Timestamps, Base):
    __tablename__ = "addresses"

    id: Mapped[Key]
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    street: Mapped[str] = mapped_column(String(200))
    postal_code: Mapped[str] = mapped_column(String(16))
    city: Mapped[str] = mapped_column(String(120))
    country_code: Mapped[str] = mapped_column(String(2))


class Order(Timestamps, Base):
    __tablename__ = "orders"

    id: Mapped[Key]
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id", ondelete="RESTRICT"), index=True)
    address_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("addresses.id", ondelete="RESTRICT"), index=True)
    status: Mapped[OrderStatus] = mapped_column(labels(OrderStatus), server_default=OrderStatus.PENDING.value)
    placed_at: Mapped[datetime] = mapped_column(server_default=func.now())

    customer: Mapped[Customer] = relationship(back_populates="orders")
    items: Mapped[list["OrderItem"]] = relationship(back_populates="order")


class OrderItem(Timestamps, Base):
    """One line of an order. The index of the unique constraint also serves the first foreign key."""

    __tablename__ = "order_items"
    __table_args__ = (
        UniqueConstraint("order_id", "product_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[RowNumber]
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("products.id", ondelete="RESTRICT"), index=True)
    quantity: Mapped[int]
    unit_price_cents: Mapped[Cents]

    order: Mapped[Order] = relationship(back_populates="items")


class Payment(Timestamps, Base):
    __tablename__ = "payments"
    __table_args__ = (CheckConstraint("amount_cents > 0", name="amount_cents_positive"),)

    id: Mapped[Key]
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"), index=True)
    method: Mapped[PaymentMethod] = mapped_column(labels(PaymentMethod))
    amount_cents: Mapped[Cents]
    paid_at: Mapped[datetime | None]
