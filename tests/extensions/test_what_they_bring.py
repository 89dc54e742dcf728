"""The objects that extensions bring along are exempt: the audit says nothing about them."""


def test_creating_them_passes_and_leaves_nothing_to_audit(shop):
    made = {name for (name,) in shop.admin("SELECT extname FROM pg_extension")}
    assert {"pg_partman", "pg_repack", "pg_cron", "hypopg", "pgaudit", "postgis", "pgtap", "orafce"} <= made
    assert shop.machine.audited == []
