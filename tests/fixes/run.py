"""Runs the cases of a plan, each worker in a database of its own."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import psycopg
from build import build
from database import Database
from refusal import Refusal
from trial import Impossible, Trial, text_of

# What PostgreSQL does not allow, as a generated key or an index over a type without order.
IMPOSSIBLE = {
    "0A000": "a feature that is not supported",
    "2BP01": "a column that something depends on",
    "22023": "an unlogged table that is published",
    "23502": "a NULL in a key",
    "23503": "a reference to a row that is not there",
    "23505": "a value twice",
    "23P01": "a value twice",
    "42601": "a default and an expression",
    "42611": "a default and an identity",
    "42701": "a column twice",
    "42703": "the table has no such column",
    "42704": "no operator class",
    "42710": "an object twice",
    "42803": "the table has no key",
    "42804": "another type",
    "42830": "nothing that is unique",
    "42883": "no operator",
    "42P07": "a relation twice",
    "42P16": "a table of another kind",
    "42P17": "an expression that is not immutable",
    "42809": "a table of another kind",
    "55000": "an index that cannot be a replica identity",
}
worker = None


@dataclass
class Result:
    """What has come of one case."""

    title: str
    rule: str
    fault: str
    situations: tuple
    faults: tuple  # their names, one of each table
    outcomes: list = field(default_factory=list)
    impossible: str | None = None
    error: str | None = None


class Worker:
    def __init__(self, dsn):
        self.dsn = dsn
        self.databases = {}

    def run(self, item):
        if item.preset not in self.databases:
            self.databases[item.preset] = Database(self.dsn, item.preset)
        database = self.databases[item.preset]
        case = build(item.fault, item.situations, item.way, item.seed, item.second)
        faults = tuple(each.name for each in (item.fault, item.second) if each)
        result = Result(case.title, case.rule, item.fault.title, case.situations, faults)
        try:
            self.try_case(database, item, case, result)
        except Impossible as error:
            note_impossible(result, str(error), case)
        except psycopg.Error as error:
            result.error = f"{text_of(error)}\n{describe(case)}"
        finally:
            database.clean()
        return result

    def try_case(self, database, item, case, result):
        database.configure(database.settings(case, "error" if item.mode == "enforce" else "warning"))
        try:
            database.prepare(case, item.fault.commented, item.fault.secured)
        except psycopg.Error as error:
            raise Impossible(text_of(error)) from error
        if item.mode == "warn":
            result.outcomes = Trial(database, case).run()
        else:
            alone = int(item.seed.rpartition(":")[2]) % 2 == 0
            result.outcomes = Refusal(database, case, alone).run()


def note_impossible(result, error, case):
    if error[:5] in IMPOSSIBLE:
        result.impossible = error
    else:
        result.error = f"{error}\n{describe(case)}"


def describe(case):
    return "\n".join(f"{statement};" for statement in [*case.setup, *(each.sql() for each in case.faulty)])


def start_worker(queue):
    global worker
    worker = Worker(queue.get())


def run_item(item):
    return worker.run(item)


def run_plan(cluster, items, workers=None):
    workers = workers or os.cpu_count()
    queue = multiprocessing.Queue()
    for _ in range(workers):
        queue.put(cluster.dsn(cluster.create_database(mode=None)))
    with ProcessPoolExecutor(workers, initializer=start_worker, initargs=(queue,)) as pool:
        return list(pool.map(run_item, items, chunksize=10))
