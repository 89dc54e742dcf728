"""examples/shop follows the preset `house`: its revisions do, and those that Alembic makes of its models."""

import pathlib
import re
import shutil
import subprocess

import installs
import pytest
import server
from example import EXAMPLES, PRESETS, Example

SHOP = EXAMPLES / "shop"

# A change as a developer makes it: two enums, a new table that refers to two others, and new columns of an old table.
CHANGE = {
    "class OrderStatus(": '''class Courier(enum.Enum):
    POST = "post"
    BIKE = "bike"


class ReturnReason(enum.Enum):
    DAMAGED = "damaged"
    DID_NOT_FIT = "didn't fit"


class OrderStatus(''',
    "    placed_at: Mapped[datetime]": '''\
    courier: Mapped[Courier] = mapped_column(labels(Courier), server_default="post")
    shipping_cents: Mapped[Cents] = mapped_column(server_default="0")
    shipped_at: Mapped[datetime | None]
    depot_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("addresses.id", ondelete="SET NULL"), index=True)
    placed_at: Mapped[datetime]''',
    "class Payment(": '''class Return(Timestamps, Base):
    """Goods that come back."""

    __tablename__ = "returns"
    __table_args__ = (
        UniqueConstraint("order_item_id", "returned_at"),
        CheckConstraint("refund_cents >= 0", name="refund_cents_not_negative"),
    )

    id: Mapped[Key]
    order_item_id: Mapped[int] = mapped_column(ForeignKey("order_items.id", ondelete="RESTRICT"))
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    reason: Mapped[ReturnReason] = mapped_column(labels(ReturnReason))
    remark: Mapped[str] = mapped_column(String(500), server_default="")
    refund_cents: Mapped[Cents]
    returned_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Payment(''',
}


@pytest.fixture(scope="module")
def programs():
    """The environment that the demo makes."""
    command = [server.ROOT / "pgrx-config" / "venv.sh", "shop", "examples/shop/requirements.txt"]
    made = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return pathlib.Path(made.stdout.strip()).parent


class Shop(Example):
    RECORD = "SELECT version_num FROM alembic_version"

    def __init__(self, cluster, bindir, copy):
        super().__init__(cluster, bindir)
        self.project = shutil.copytree(SHOP, copy, ignore=shutil.ignore_patterns("__pycache__"))

    def tool(self, *arguments, **settings):
        return self.run("alembic", "--config", self.project / "alembic.ini", *arguments, **settings)

    def autogenerate(self, title):
        self.passes("revision", "--autogenerate", "--message", title)
        (revision,) = (self.project / "migrations" / "versions").glob(f"*_{title}.py")
        return revision.read_text()

    def change_models(self):
        models = self.project / "shop" / "models.py"
        text = models.read_text()
        for old, new in CHANGE.items():
            assert text.count(old) == 1
            text = text.replace(old, new)
        models.write_text(text)


@pytest.fixture
def shop(cluster, programs, tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_DATABASE_URL", "postgresql+psycopg://")
    made = Shop(cluster, programs, tmp_path / "shop")
    yield made
    cluster.drop_database(made.dbname)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_history_passes_up_and_down_and_up(shop, preset):
    shop.passes("upgrade", "head", preset=preset)
    whole = shop.state()
    assert whole[1] == ["0004"]
    shop.passes("downgrade", "base", preset=preset)
    assert shop.objects() == ["alembic_version"]
    assert shop.state()[1] == []
    shop.passes("upgrade", "head", preset=preset)
    assert shop.state() == whole


def test_unchanged_models_give_nothing_to_do(shop):
    shop.passes("upgrade", "head")
    assert "No new upgrade operations detected" in shop.passes("check").stdout
    assert shop.autogenerate("nothing").count("    pass\n") == 2


def test_changed_models_give_a_revision_that_passes_unedited(shop):
    shop.passes("upgrade", "head")
    before = shop.schema()
    shop.change_models()
    assert "New upgrade operations detected" in shop.tool("check", preset="house").stdout
    revision = shop.autogenerate("returns")
    for part in ["create_table('returns'", "add_column('orders'", "CREATE TYPE courier", "CREATE TYPE return_reason"]:
        assert part in revision
    shop.passes("upgrade", "head")
    after = shop.schema()
    assert after != before
    shop.passes("check")
    shop.passes("downgrade", "-1")
    assert shop.schema() == before
    shop.passes("upgrade", "head")
    assert shop.schema() == after


def test_reverted_models_give_a_revision_that_passes_unedited(shop, bindir):
    """What is empty may be dropped: tables, columns and types alike."""
    if installs.major(bindir) < 15:
        pytest.skip("SQLAlchemy writes NULLS DISTINCT, which PostgreSQL 15 is the first to know")
    shop.passes("upgrade", "head")
    before = shop.schema()
    shop.change_models()
    shop.autogenerate("returns")
    shop.passes("upgrade", "head")
    after = shop.schema()
    shutil.copy(SHOP / "shop" / "models.py", shop.project / "shop")
    shop.autogenerate("no_returns")
    shop.passes("upgrade", "head")
    assert shop.schema() == before
    shop.passes("downgrade", "-1")
    # The columns come back as the last ones.
    assert sorted(re.split(r",?\n", shop.schema())) == sorted(re.split(r",?\n", after))


def test_the_models_alone_give_a_revision_that_passes_unedited(shop):
    for revision in (shop.project / "migrations" / "versions").glob("*.py"):
        revision.unlink()
    shop.change_models()
    shop.autogenerate("everything")
    shop.passes("upgrade", "head")
    shop.passes("check")
    shop.passes("downgrade", "base")
    shop.passes("upgrade", "head")


REFUSED = [
    ("reviews", ["fk_without_on_delete", "timestamp_without_time_zone"]),
    ("wishlists", ["fk_without_index"]),
]


@pytest.mark.parametrize(("revision", "rules"), REFUSED)
def test_what_is_refused_leaves_nothing(shop, revision, rules):
    shop.passes("upgrade", "head")
    shop.refuses("--name", "refused", "upgrade", revision, rules=rules)


@pytest.mark.parametrize(("revision", "rules"), REFUSED)
def test_in_warn_mode_it_is_reported(shop, revision, rules):
    done = shop.tool("--name", "refused", "upgrade", revision, preset="house", mode="warn")
    assert done.returncode == 0
    assert shop.reported_rules(done) == rules


def test_a_change_by_hand_is_refused(shop):
    shop.passes("upgrade", "head")
    shop.refuses_by_hand("ALTER TABLE orders ADD shipping_cents bigint DEFAULT 0 NOT NULL", ["unrecorded_migration"])
