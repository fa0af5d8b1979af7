"""What the upload field begins, it begins once, whatever a browser repeats."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.documents import ingest
from components.store import User, jobs, users
from components.store.uploads import Upload
from components.ui.uploading import Tickets, _begin
from components.workbench import Workbench
from tests.documents import files
from tests.documents.conftest import arrived


@pytest.fixture
def owner(bench: Workbench) -> User:
    return users.ensure_local_owner(bench.store)


def test_a_new_session_begins_nothing_again(bench: Workbench, owner: User, tmp_path: Path) -> None:
    """After a crash a browser that kept its page names its uploads to a server that knows none of its tabs."""

    def begin(upload: Upload) -> None:
        ingest.bring(bench.store, bench.jobs, owner.id, upload.id)

    upload_id = arrived(bench.store, owner.id, files.plain(tmp_path / "a.pdf"))
    assert _begin(bench, owner, Tickets(), upload_id, begin)
    assert not _begin(bench, owner, Tickets(), upload_id, begin)
    assert len(jobs.jobs(bench.store, owner.id)) == 1


def test_an_upload_of_nobody_is_not_begun(bench: Workbench, owner: User) -> None:
    for named in ("no-such-upload", 7, None):
        assert not _begin(bench, owner, Tickets(), named, lambda upload: None)
