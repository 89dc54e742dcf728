"""pg_cron runs DDL on its schedule, as the role that scheduled it."""

import time

import pytest


def outcome(shop, job):
    """How the first run of a job that begins each minute has ended."""
    for _ in range(130):
        found = shop.admin(f"SELECT status, return_message FROM cron.job_run_details WHERE jobid = {job}")
        ended = [row for row in found if row[0] in ("succeeded", "failed")]
        if ended:
            return ended[0]
        time.sleep(1)
    pytest.fail(f"the job has not run: {shop.machine.log()[-2000:]}")


def test_jobs(shop):
    shop.set_as_documented("pg_cron")
    schedule = "SELECT cron.schedule('{0}', '* * * * *', '{1}')"
    good = "CREATE TABLE IF NOT EXISTS made (LIKE schema_migrations INCLUDING ALL)"
    named = "ALTER INDEX made_pkey RENAME TO pk_made"
    jobs = {
        "good": shop.run(schedule.format("good", f"BEGIN; {good}; {named}; COMMIT"), "maintenance")[0][0],
        "bad": shop.run(schedule.format("bad", "CREATE TABLE bad (at timestamp)"), "maintenance")[0][0],
        "unrecorded": shop.run(schedule.format("app", "ALTER TABLE schema_migrations SET (fillfactor = 90)"))[0][0],
    }
    ended = {name: outcome(shop, job) for name, job in jobs.items()}
    for name in ("good", "bad", "app"):
        shop.admin(f"SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname = '{name}'")
    assert ended["bad"][0] == "failed" and "timestamp_without_time_zone" in ended["bad"][1], ended
    assert shop.run("SELECT to_regclass('bad')") == [(None,)]
    assert ended["good"][0] == "succeeded", ended
