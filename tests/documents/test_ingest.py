"""Documents come in by jobs: one bad file stops no other, the same file is one document, and nothing is half there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from components.documents import embedding, ingest
from components.errors import AccessError
from components.jobs.worker import Jobs
from components.settings import Settings
from components.store import Store, documents, passages, uploads
from components.store import jobs as rows
from components.store.documents import Document
from tests.documents import files
from tests.documents.conftest import Bring, Lengths, arrived, ended
from tests.documents.texts import add_text
from tests.store.counting import rows_in
from tests.waiting import until

Only = Callable[[], Document]


def test_a_document_is_read_page_by_page(store: Store, bring: Bring, only: Only, tmp_path: Path) -> None:
    job = bring(files.plain(tmp_path / "annual_report.pdf", 40))
    assert (job.state, job.done, job.total, job.words) == ("done", 40, 40, "40 pages")
    found = only()
    assert (found.state, found.title, found.page_count) == ("ready", "annual report", 40)
    assert job.result == {
        "document_id": found.id,
        "duplicate": False,
        "title": "annual report",
        "pages": found.page_count,
    }
    texts = [page.text for page in documents.pages(store, "ann", found.id)]
    assert texts[16] == "\n".join(["Page 17 of a report.", *files.SENTENCES])
    kept = passages.passages(store, "ann", found.id)
    assert (len(kept), kept[16].text) == (found.passage_count, texts[16])


def test_the_same_file_is_not_added_twice(store: Store, bring: Bring, only: Only, tmp_path: Path) -> None:
    file = files.plain(tmp_path / "a.pdf")
    bring(file)
    before = rows_in(store), set(store.blobs.keys())
    again = bring(file, "copy of a.pdf")
    assert again.result == {"document_id": only().id, "duplicate": True, "title": "a", "pages": only().page_count}
    after = rows_in(store), set(store.blobs.keys())
    assert after == ({**before[0], "jobs": before[0]["jobs"] + 1}, before[1])
    assert bring(file, user_id="bob").result != again.result, "what another user has is nobody's business"


def test_a_twin_whose_job_is_quicker_than_the_page_is_no_error(
    store: Store, jobs: Jobs, bring: Bring, only: Only, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = files.plain(tmp_path / "a.pdf")
    bring(file)
    submit = jobs.submit
    monkeypatch.setattr(jobs, "submit", lambda *args, **more: ended(store, submit(*args, **more)))
    again = bring(file, "copy of a.pdf")
    assert (again.result or {})["duplicate"] is True
    assert only().state == "ready"


def test_a_bad_file_is_said_and_stops_no_other(store: Store, jobs: Jobs, tmp_path: Path) -> None:
    brought = [
        ingest.bring(store, jobs, "ann", arrived(store, "ann", file))
        for file in (
            files.plain(tmp_path / "one.pdf", 2),
            files.locked(tmp_path / "locked.pdf"),
            files.named_only(tmp_path / "page.pdf"),
            files.plain(tmp_path / "two.pdf", 3),
        )
    ]
    assert [ended(store, job).state for job in brought] == ["done", "failed", "failed", "done"]
    states = {found.filename: found.state for found in documents.list_documents(store, "ann")}
    assert states == {"one.pdf": "ready", "locked.pdf": "failed", "page.pdf": "failed", "two.pdf": "ready"}


def test_a_failed_document_says_why_and_may_come_again(
    store: Store, bring: Bring, jobs: Jobs, only: Only, tmp_path: Path
) -> None:
    locked = files.locked(tmp_path / "pay.pdf")
    job = bring(locked)
    assert job.error == only().error
    assert only().error == {
        "code": "FileError",
        "what": "The file is locked with a password.",
        "kept": "Your other files are untouched.",
        "todo": "Remove the password, then add it again.",
    }
    assert bring(locked).state == "failed"
    assert ended(store, ingest.read_again(jobs, "ann", only())).state == "failed"
    ingest.delete(store, jobs, "ann", only().id)
    assert documents.list_documents(store, "ann") == []


def test_a_document_that_broke_off_is_read_again(
    store: Store, bring: Bring, jobs: Jobs, only: Only, tmp_path: Path
) -> None:
    upload = uploads.upload(store, "ann", arrived(store, "ann", files.plain(tmp_path / "a.pdf")))
    assert upload.blob
    assert upload.sha256
    left = documents.add_document(
        store, "ann", title="a", filename="a.pdf", sha256=upload.sha256, blob=upload.blob, bytes=1
    )
    assert ended(store, ingest.read_again(jobs, "ann", left)).state == "done"
    assert (only().id, only().state) == (left.id, "ready")


def test_cancelled_keeps_the_file_to_be_read_again(store: Store, jobs: Jobs, only: Only, tmp_path: Path) -> None:
    job = ingest.bring(store, jobs, "ann", arrived(store, "ann", files.plain(tmp_path / "long.pdf", 2000)))
    assert list(ingest.going(store, "ann")) == [job.arguments["document_id"]]
    until(lambda: rows.job(store, "ann", job.id).state == "running")
    jobs.cancel("ann", job.id)
    assert ended(store, job).state == "cancelled"
    assert (only().state, only().page_count, documents.pages(store, "ann", only().id)) == ("reading", 0, [])
    assert ended(store, ingest.read_again(jobs, "ann", only())).state == "done"
    assert (only().state, only().page_count) == ("ready", 2000)


def test_cancelled_while_it_waits_keeps_the_file_too(
    store: Store, settings: Settings, only: Only, tmp_path: Path
) -> None:
    asleep = Jobs(store, settings, ingest.kinds(lambda _: Lengths(), lambda _: False))
    job = ingest.bring(store, asleep, "ann", arrived(store, "ann", files.plain(tmp_path / "a.pdf")))
    asleep.cancel("ann", job.id)
    assert (rows.job(store, "ann", job.id).state, ingest.going(store, "ann")) == ("cancelled", {})
    asleep.start()
    assert ended(store, ingest.read_again(asleep, "ann", only())).state == "done"
    asleep.close()
    assert only().state == "ready"


def test_two_of_the_same_file_brought_together_are_one(store: Store, jobs: Jobs, only: Only, tmp_path: Path) -> None:
    file = files.plain(tmp_path / "long.pdf", 2000)
    one, two = (ingest.bring(store, jobs, "ann", arrived(store, "ann", file, name)) for name in ("a.pdf", "b.pdf"))
    second = ended(store, two)
    assert rows.job(store, "ann", one.id).state == "running", "the first is still being read"
    assert second.result == {"document_id": only().id, "duplicate": True, "title": "a", "pages": 0}
    assert ended(store, one).result == {"document_id": only().id, "duplicate": False, "title": "a", "pages": 2000}
    assert len(list(store.blobs.keys())) == 1


def test_deleted_while_it_is_read(store: Store, jobs: Jobs, tmp_path: Path) -> None:
    job = ingest.bring(store, jobs, "ann", arrived(store, "ann", files.plain(tmp_path / "long.pdf", 2000)))
    until(lambda: documents.list_documents(store, "ann"))
    ingest.delete(store, jobs, "ann", documents.list_documents(store, "ann")[0].id)
    assert ended(store, job).state == "cancelled"
    assert documents.list_documents(store, "ann") == []
    assert list(store.blobs.keys()) == []


def test_deleted_before_its_job_begins_it_does_not_come_back(store: Store, jobs: Jobs, tmp_path: Path) -> None:
    upload_id = arrived(store, "ann", files.plain(tmp_path / "a.pdf"))
    job = jobs.submit("ann", ingest.INGEST, "a.pdf", upload_id=upload_id, document_id="gone", added=True)
    assert ended(store, job).state == "cancelled"
    assert documents.list_documents(store, "ann") == []


def test_nobody_reads_what_another_uploaded(store: Store, jobs: Jobs, tmp_path: Path) -> None:
    theirs = arrived(store, "bob", files.plain(tmp_path / "a.pdf"))
    with pytest.raises(AccessError):
        ingest.bring(store, jobs, "ann", theirs)
    job = jobs.submit("ann", ingest.INGEST, "a.pdf", upload_id=theirs, document_id="x")
    assert ended(store, job).state == "failed"
    assert documents.list_documents(store, "ann") == []


def test_an_upload_that_did_not_arrive_is_not_read(store: Store, jobs: Jobs) -> None:
    upload = uploads.open_upload(store, "ann", "document", "a.pdf")
    job = ended(store, ingest.bring(store, jobs, "ann", upload.id))
    assert job.error
    assert job.error["what"] == "a.pdf has not arrived whole."


@pytest.mark.parametrize("embedding", [True])
def test_embeddings_follow_and_are_kept_as_they_come(store: Store, bring: Bring, only: Only, tmp_path: Path) -> None:
    bring(files.plain(tmp_path / "a.pdf", 40))
    until(lambda: only().embedded_count == only().passage_count == 40)
    kept = passages.vectors(store, "ann", only().id)
    for passage in passages.passages(store, "ann", only().id):
        row = np.frombuffer(kept[passage.id], "<f2")
        assert row.shape == (384,)
        assert float(row[0]) == pytest.approx(len(passage.text) / 1000, abs=1e-3)
    (job,) = [job for job in rows.jobs(store, "ann") if job.kind == embedding.EMBED]
    assert ended(store, job).words == "40 passages"


@pytest.mark.parametrize("embedding", [True])
def test_one_job_embeds_what_several_files_brought(store: Store, jobs: Jobs, tmp_path: Path) -> None:
    brought = []
    for number in range(4):
        file = files.write(tmp_path / f"{number}.pdf", [[f"Report {number}."]] * 20)
        brought.append(ingest.bring(store, jobs, "ann", arrived(store, "ann", file)))
    until(lambda: [d.embedded_count for d in documents.list_documents(store, "ann")] == [20] * 4)
    (job,) = [job for job in rows.jobs(store, "ann") if job.kind == embedding.EMBED]
    done = ended(store, job)
    assert done.result == {"passages": 80}
    assert (done.ended_at or 0) > max(ended(store, job).ended_at or 0 for job in brought), "reading comes first"


def test_one_thread_reads_and_embeds_without_waiting_for_itself(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    alone = dataclasses.replace(settings, job_threads=1)
    jobs = Jobs(store, alone, ingest.kinds(lambda _: Lengths(), lambda _: True))
    for number in range(2):
        file = files.write(tmp_path / f"{number}.pdf", [[f"Report {number}."]] * 20)
        ingest.bring(store, jobs, "ann", arrived(store, "ann", file))
    jobs.start()
    until(lambda: [d.embedded_count for d in documents.list_documents(store, "ann")] == [20] * 2)
    jobs.close()


def test_embedding_goes_on_where_it_stopped(store: Store, bring: Bring, only: Only, tmp_path: Path) -> None:
    bring(files.plain(tmp_path / "a.pdf", 20))
    first = passages.passages(store, "ann", only().id)[0]
    passages.add_embeddings(store, "ann", only().id, {first.id: b"kept"})
    embedding.follow(store, "ann", ready=False)
    assert not [job for job in rows.jobs(store, "ann") if job.kind == embedding.EMBED]
    for _ in range(3):
        embedding.follow(store, "ann", ready=True)
    (job,) = [job for job in rows.jobs(store, "ann") if job.kind == embedding.EMBED]
    assert (ended(store, job).result, only().embedded_count) == ({"passages": 19}, 20)
    assert passages.vectors(store, "ann", only().id)[first.id] == b"kept"


def test_embedding_that_was_stopped_is_known_until_it_goes_on(store: Store) -> None:
    add_text(store, "ann", "Boats", "The hull is made of oak.")
    assert embedding.stopped(store, "ann") is None, "nothing was begun yet"
    embedding.follow(store, "ann", ready=True)
    (job,) = embedding.under_way(store, "ann")
    assert embedding.stopped(store, "ann") is None
    rows.cancel(store, "ann", job.id)
    halted = embedding.stopped(store, "ann")
    assert halted == rows.job(store, "ann", job.id)
    assert embedding.stopped(store, "bob") is None
    embedding.go_on(store, "ann", halted)
    assert embedding.stopped(store, "ann") is None
    assert [one.id for one in embedding.under_way(store, "ann")] != [job.id]


def test_a_document_over_the_limits_is_refused(settings: Settings, store: Store, tmp_path: Path) -> None:
    small = dataclasses.replace(settings, document_pages=10)
    jobs = Jobs(store, small, ingest.kinds(lambda _: Lengths(), lambda _: False))
    jobs.start()
    job = ended(store, ingest.bring(store, jobs, "ann", arrived(store, "ann", files.plain(tmp_path / "a.pdf", 11))))
    jobs.close()
    assert job.error
    assert job.error["what"] == "The file has 11 pages; 10 is the most that is read."
    assert "GROUNDWORK_DOCUMENT_PAGES" in job.error["todo"]


@pytest.mark.parametrize(
    ("filename", "own", "title"),
    [
        ("annual_report_2025.pdf", "", "annual report 2025"),
        ("x.pdf", "Annual report of the shop", "Annual report of the shop"),
        ("Board minutes.pdf", "Microsoft Word - minutes.docx", "Board minutes"),
        ("2023 Q3 AAPL.pdf", "0000320193-23-000077", "2023 Q3 AAPL"),
        ("minutes.pdf", "Untitled document", "minutes"),
        ("2023 Q1 INTC.pdf", "04.01.2023 10Q Document", "2023 Q1 INTC"),
        ("a.pdf", "final version.indd", "a"),
        (".pdf", "", ".pdf"),
    ],
)
def test_a_title_is_what_reads_like_one(filename: str, own: str, title: str) -> None:
    assert ingest.title_of(filename, own) == title
