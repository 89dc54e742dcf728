"""PostGIS: columns of its types, the functions that add some, rasters' constraints and topologies."""

from shop import TIMES

PLACES = f"CREATE TABLE {{0}} (id bigint CONSTRAINT pk_{{0}} PRIMARY KEY, spot geometry(Point, 4326) NOT NULL, {TIMES})"


def test_columns_of_its_types(shop):
    shop.migrate(
        PLACES.format("places"),
        "CREATE INDEX ix_places_spot ON places USING gist (spot)",
        "ALTER TABLE places ADD area geometry(Polygon, 4326) NOT NULL, ADD around geography NOT NULL",
    )
    shop.run("""INSERT INTO places (id, spot, area, around)
        VALUES (1, 'SRID=4326;POINT(1 2)', 'SRID=4326;POLYGON((0 0,0 1,1 1,0 0))', 'POINT(1 2)')""")
    assert shop.run("SELECT ST_AsText(spot) FROM places") == [("POINT(1 2)",)]


def test_its_function_adds_a_nullable_column(shop):
    """Which is refused at the commit, unless the migration goes on."""
    add = "SELECT AddGeometryColumn('public', '{}', 'area', 4326, 'POLYGON', 2)"
    with shop.refuses("nullable_column"):
        shop.migrate(PLACES.format("shops"), add.format("shops"))
    shop.migrate(PLACES.format("shops"), add.format("shops"), "ALTER TABLE shops ALTER area SET NOT NULL")
    shop.migrate("SELECT DropGeometryColumn('public', 'shops', 'area')")


def test_constraints_of_a_raster_have_names(shop):
    shop.migrate(f"CREATE TABLE maps (id bigint CONSTRAINT pk_maps PRIMARY KEY, rast raster NOT NULL, {TIMES})")
    shop.run("INSERT INTO maps VALUES (1, ST_AddBand(ST_MakeEmptyRaster(9, 9, 0, 0, 1), '8BUI'::text))")
    # They are named enforce_…, which is not the pattern of `house`.
    constrain = "SELECT AddRasterConstraints('public'::name, 'maps'::name, 'rast'::name)"
    with shop.refuses("misnamed_constraint"):
        shop.migrate(constrain)
    shop.set_as_documented("postgis")
    shop.migrate(constrain)


def test_a_topology_has_a_schema_of_its_own(shop):
    make = "SELECT topology.CreateTopology('roads', 4326)"
    with shop.refuses("disallowed_primary_key_type"):
        shop.admin(make)
    shop.set_as_documented("postgis")
    shop.admin(make)
    shop.migrate(
        PLACES.format("lanes"),
        "SELECT topology.AddTopoGeometryColumn('roads', 'public', 'lanes', 'line', 'LINE')",
        "ALTER TABLE lanes ALTER line SET NOT NULL",
        role="postgres",
    )
    shop.admin("SELECT topology.TopoGeo_AddLineString('roads', 'SRID=4326;LINESTRING(0 0, 1 1)')")
    # This drops the column, too.
    shop.migrate("SELECT topology.DropTopology('roads')", role="postgres")
