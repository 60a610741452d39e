import asyncio
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest
import sqlite_utils

from bot import storage as storage_module
from bot.clock import VirtualClock
from bot.errors import StorageError
from bot.storage import Migrations, Storage

CLOCK = VirtualClock(datetime(2026, 12, 1, tzinfo=UTC))
ADD = "insert into notes (community, id, text) values (:community, :id, :text)"


def note_migrations(*, with_second=True):
    migrations = Migrations("notes")

    @migrations()
    def m001_notes(db):
        db.execute(
            "create table notes (community text not null, id text not null, text text, primary key (community, id))"
        )

    if with_second:

        @migrations()
        def m002_stars(db):
            db.execute("alter table notes add column stars integer not null default 0")

    return migrations


def add(db, note_id, text="x"):
    db.execute(ADD, {"id": note_id, "text": text})
    return note_id


def notes(db):
    return [row["id"] for row in db.query("select id from notes where community = :community order by id")]


@pytest.fixture
async def storage(tmp_path):
    storage = Storage.open(tmp_path / "data" / "qunzhi.db", CLOCK, [note_migrations()])
    yield storage
    await storage.close()


def statements_of(storage):
    """Count the transactions of the writer from now on."""
    seen = []
    connection = storage._writer

    def run_group(inner_connection, group, original=connection._run_group):
        seen.append(len(group))
        return original(inner_connection, group)

    connection._run_group = run_group
    return seen


async def test_what_was_written_is_there_after_closing_and_opening(tmp_path):
    path = tmp_path / "qunzhi.db"
    first = Storage.open(path, CLOCK, [note_migrations()])
    await first.run("c", add, "1")
    await first.close()
    second = Storage.open(path, CLOCK, [note_migrations()])
    assert await second.read("c", notes) == ["1"]
    await second.close()


async def test_writes_that_queue_up_are_committed_together(storage):
    groups = statements_of(storage)

    def slow(db):
        started.set()
        assert go_on.wait(5)

    started, go_on = threading.Event(), threading.Event()
    first = asyncio.create_task(storage.run("c", slow))
    assert await asyncio.to_thread(started.wait, 5)
    rest = [asyncio.create_task(storage.run("c", add, str(number))) for number in range(50)]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(first, *rest)
    assert groups == [1, 50]
    assert len(await storage.read("c", notes)) == 50


async def test_one_operation_that_fails_takes_nothing_else_of_its_group_with_it(storage):
    def fail(db):
        add(db, "bad")
        raise ZeroDivisionError

    results = await asyncio.gather(
        storage.run("c", add, "1"), storage.run("c", fail), storage.run("c", add, "2"), return_exceptions=True
    )
    assert [type(result) for result in results] == [str, ZeroDivisionError, str]
    assert await storage.read("c", notes) == ["1", "2"]


async def test_a_constraint_that_fails_is_raised_where_it_was_asked(storage):
    await storage.run("c", add, "1")
    with pytest.raises(sqlite3.IntegrityError):
        await storage.run("c", add, "1")
    await storage.run("c", add, "2")


async def test_writes_of_one_task_are_seen_in_order(storage):
    for number in range(20):
        await storage.run("c", add, f"{number:02}")
        assert len(await storage.read("c", notes)) == number + 1


async def test_operations_run_in_the_order_they_were_submitted(storage):
    seen = []
    await asyncio.gather(*(storage.run("c", lambda db, n=n: seen.append(n)) for n in range(100)))
    assert seen == list(range(100))


async def test_a_caller_that_gives_up_does_not_stop_the_writer(storage):
    task = asyncio.create_task(storage.run("c", add, "1"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await storage.run("c", add, "2")
    assert await storage.read("c", notes) == ["1", "2"]


async def test_communities_are_filled_in(storage):
    await storage.run("a", add, "1")
    await storage.run("b", add, "1")
    assert await storage.read("a", notes) == ["1"]


async def test_reads_cannot_write(storage):
    with pytest.raises(StorageError):
        await storage.read("c", add, "1")
    assert await storage.read("c", notes) == []


async def test_a_read_sees_one_moment(storage):
    await storage.run("c", add, "1")
    loop = asyncio.get_running_loop()

    def read_twice(db):
        before = notes(db)
        asyncio.run_coroutine_threadsafe(storage.run("c", add, "2"), loop).result(5)
        return before, notes(db)

    assert await storage.read("c", read_twice) == (["1"], ["1"])


@pytest.mark.parametrize(
    "sql",
    ["create table other (x)", "drop table notes", "alter table notes add column y", "create index i on notes (text)"],
)
async def test_the_schema_cannot_be_changed_while_the_bot_runs(storage, sql):
    with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        await storage.run("c", lambda db: db.execute(sql))


async def test_a_mistyped_table_name_fails_instead_of_making_a_table(storage):
    with pytest.raises(sqlite3.DatabaseError):
        await storage.run("c", lambda db: sqlite_utils.Database(db.connection)["nots"].insert({"id": 1}))


async def test_numbers_people_type_count_up_in_each_community(storage):
    numbers = [await storage.run(c, lambda db: db.next_number("posts")) for c in ("a", "a", "b", "a")]
    assert numbers == [1, 2, 1, 3]


async def test_a_number_is_given_back_when_its_operation_fails(storage):
    def fail(db):
        db.next_number("posts")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await storage.run("c", fail)
    assert await storage.run("c", lambda db: db.next_number("posts")) == 1


async def test_ids_grow(storage):
    ids = await storage.run("c", lambda db: [db.new_id() for _ in range(1000)])
    assert ids == sorted(set(ids))


async def test_a_watch_wakes_after_the_commit_and_not_for_what_was_undone(storage):
    watch = storage.watch("outbox")

    def notify(db, error=None):
        db.notify("outbox")
        if error:
            raise error

    with pytest.raises(ZeroDivisionError):
        await storage.run("c", notify, ZeroDivisionError())
    assert not watch._event.is_set()
    await storage.run("c", notify)
    await asyncio.wait_for(watch.wait(), 1)
    assert not watch._event.is_set()


async def test_every_watch_of_a_topic_wakes_and_no_other(storage):
    first, second, other = storage.watch("a"), storage.watch("a"), storage.watch("b")
    await storage.run("c", lambda db: db.notify("a"))
    await asyncio.wait_for(asyncio.gather(first.wait(), second.wait()), 1)
    assert not other._event.is_set()


def limit_pages(db, spare):
    used = db.connection.execute("pragma page_count").fetchone()[0]
    db.connection.execute(f"pragma max_page_count={used + spare}")


async def test_a_full_disk_is_said_plainly_and_loses_nothing_that_was_confirmed(storage):
    await storage.run("c", add, "before")
    storage._ballast.unlink()
    await storage.run("c", limit_pages, 2)
    with pytest.raises(StorageError, match=r"is full: free some space, nothing was lost"):
        await storage.run("c", add, "big", "x" * 100_000)
    assert await storage.read("c", notes) == ["before"]
    await storage.run("c", limit_pages, 1000)
    await storage.run("c", add, "after")
    assert await storage.read("c", notes) == ["after", "before"]


async def test_on_a_full_disk_the_ballast_makes_room_and_the_write_succeeds(storage):
    await storage.run("c", limit_pages, 2)
    connections = []
    await storage.run("c", lambda db: connections.append(db.connection))
    free = storage._writer._free_space

    def free_and_grow():
        connections[0].execute("pragma max_page_count=100000")
        return free()

    storage._writer._free_space = free_and_grow
    assert storage._ballast.exists()
    await asyncio.gather(storage.run("c", add, "small"), storage.run("c", add, "big", "x" * 100_000))
    assert await storage.read("c", notes) == ["big", "small"]
    assert not storage._ballast.exists()


async def test_the_ballast_is_filled_again_at_the_next_start(storage, tmp_path):
    storage._ballast.unlink()
    await storage.close()
    again = Storage.open(storage.path, CLOCK, [note_migrations()])
    assert again._ballast.stat().st_size == storage_module._BALLAST_BYTES
    await again.close()


async def test_after_closing_a_write_is_refused_in_words(storage):
    await storage.close()
    with pytest.raises(StorageError, match="closed"):
        await storage.run("c", add, "1")
    await storage.close()


async def test_closing_finishes_what_was_submitted(tmp_path):
    storage = Storage.open(tmp_path / "q.db", CLOCK, [note_migrations()])
    writes = [asyncio.create_task(storage.run("c", add, f"{n:03}")) for n in range(300)]
    await asyncio.sleep(0)
    await storage.close()
    assert len(await asyncio.gather(*writes)) == 300


def test_a_newer_schema_is_refused(tmp_path):
    path = tmp_path / "qunzhi.db"
    database = sqlite_utils.Database(path)
    note_migrations().apply(database)
    database.close()
    with pytest.raises(StorageError, match=r"newer program \(it knows notes.m002_stars\): update qunzhi"):
        Storage.open(path, CLOCK, [note_migrations(with_second=False)])


async def test_an_old_database_is_brought_up_to_date_with_its_rows(tmp_path):
    path = tmp_path / "qunzhi.db"
    old = Storage.open(path, CLOCK, [note_migrations(with_second=False)])
    await old.run("c", add, "1", "old")
    await old.close()
    new = Storage.open(path, CLOCK, [note_migrations()])
    rows = await new.read("c", lambda db: db.query("select text, stars from notes where community = :community"))
    assert rows == [{"text": "old", "stars": 0}]
    await new.close()


def test_a_damaged_file_is_said_plainly(tmp_path):
    path = tmp_path / "qunzhi.db"
    path.write_bytes(b"this is no database" * 1000)
    with pytest.raises(StorageError, match="damaged: stop the bot and run `python -m bot restore"):
        Storage.open(path, CLOCK, [note_migrations()])


def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path):
    (tmp_path / "data").write_text("a file stands where the folder should be")
    with pytest.raises(StorageError, match="data"):
        Storage.open(tmp_path / "data" / "qunzhi.db", CLOCK)


async def test_a_database_that_turned_read_only_is_said_plainly(storage):
    await storage.run("c", lambda db: db.connection.execute("pragma query_only=ON"))
    with pytest.raises(StorageError, match="cannot be written: check the owner and the permissions"):
        await storage.run("c", add, "1")


@pytest.mark.process
async def test_the_account_belongs_to_one_process(storage):
    assert storage.own("wxid/bot")
    assert storage.own("wxid/bot")
    assert storage.own("another")
    code = (
        "import sys; from pathlib import Path; from bot.clock import SystemClock; from bot.storage import Storage;"
        "s = Storage(Path(sys.argv[1]), SystemClock()); print(s.own('wxid/bot'), s.own('third'))"
    )
    command = [sys.executable, "-c", code, str(storage.path)]
    answer = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "True"]
    await storage.close()
    answer = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["True", "True"]


async def test_a_second_process_that_writes_does_not_break_the_first(storage):
    async def write(first, last):
        for number in range(first, last):
            await storage.run("c", add, str(number))

    def write_elsewhere():
        other = sqlite3.connect(storage.path, isolation_level=None, timeout=10)
        for number in range(50):
            other.execute("begin immediate")
            other.execute(ADD, {"community": "d", "id": str(number), "text": "x"})
            other.execute("commit")
        other.close()

    await asyncio.gather(write(0, 50), asyncio.to_thread(write_elsewhere))
    assert len(await storage.read("c", notes)) == 50
    assert len(await storage.read("d", notes)) == 50


async def test_a_backup_made_while_the_bot_writes_is_whole(storage, tmp_path):
    writes = [asyncio.create_task(storage.run("c", add, f"{n:04}")) for n in range(500)]
    target = tmp_path / "backup.db"
    await storage.backup(target)
    await asyncio.gather(*writes)
    copy = Storage.open(target, CLOCK, [note_migrations()])
    kept = await copy.read("c", notes)
    assert kept == [f"{n:04}" for n in range(len(kept))]
    await copy.close()


async def test_abandoning_loses_only_what_was_not_confirmed(tmp_path):
    storage = Storage.open(tmp_path / "q.db", CLOCK, [note_migrations()])
    await storage.run("c", add, "confirmed")
    storage.abandon()
    again = Storage.open(tmp_path / "q.db", CLOCK, [note_migrations()])
    assert await again.read("c", notes) == ["confirmed"]
    await again.close()


async def test_one_statement_takes_any_number_of_rows_and_returns_theirs(storage):
    def put(db):
        rows = [{"id": f"{number:03}"} for number in range(150)]
        sql = "insert into notes (community, id) values {rows} on conflict do nothing returning id"
        first = [row["id"] for row in db.query_rows(sql, rows)]
        return first, db.query_rows(sql, [*rows[:3], {"id": "new"}]), db.query_rows(sql, [])

    first, again, none = await storage.run("c", put)
    assert first == [f"{number:03}" for number in range(150)]
    assert (again, none) == ([{"id": "new"}], [])
