"""All that is a user's: told whole, without what is others'; deleted whole, without what is others'."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from components.store import Store, belongings, conversations, datasets, documents, shares
from components.store._files import answer_file, index_folder
from components.store.schema import metadata
from tests.store.counting import all_rows
from tests.store.world import MARK, OWNER, STRANGER, World, version_facts, world

__all__ = ["world"]

KEPT = {"audit", "logins", "identities", "passwords", "memberships"}
"""Tables that hold the account itself, and what was done with it."""


def test_what_others_share_is_not_among_it(store: Store, world: World) -> None:
    shares.share(store, OWNER, "dataset", world.dataset, to_user=STRANGER)
    shares.share(store, OWNER, "document", world.document, to_user=STRANGER)
    shares.share(store, OWNER, "conversation", world.conversation, to_user=STRANGER)
    assert belongings.belongings(store, STRANGER) == belongings.Belongings((), (), (), {})
    mine = belongings.belongings(store, OWNER)
    assert [one.id for one in mine.datasets] == [world.dataset] == list(mine.charts)
    assert {one.id for one in mine.documents} == {world.document, world.unread}
    assert [one.id for one in mine.conversations] == [world.conversation]


def test_a_conversation_is_told_to_its_last_piece(store: Store, world: World) -> None:
    (turn,) = belongings.whole_conversation(store, OWNER, world.conversation)["turns"]
    (reply,) = turn["replies"]
    assert [piece["body"] for piece in reply["pieces"]] == [MARK]
    assert reply["evidence"][0]["body"] == {"sql": MARK}
    assert reply["usage"]["cost"] == 2.0


def test_after_deleting_everything_no_row_and_no_file_is_left(store: Store, world: World) -> None:
    files = [answer_file(store.home, world.evidence), index_folder(store.home, OWNER) / "meta.json"]
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_text(MARK)
    assert belongings.delete_everything(store, OWNER) == (world.person,)  # with whom a table is shared
    for table in metadata.tables.values():
        if "user_id" in table.c and table.name not in KEPT:
            with store.database.reading() as connection:
                assert not connection.execute(sa.select(table).where(table.c.user_id == OWNER)).all(), table.name
    left = {
        name: rows for name, rows in all_rows(store).items() if name in ("pieces", "pages", "passages", "embeddings")
    }
    assert not any(left.values())
    assert list(store.blobs.keys()) == []
    assert not any(file.exists() for file in files)


def test_killed_after_the_commit_no_word_of_it_is_left(
    store: Store, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows and files that nobody names are swept; of somebody who stays, nobody sweeps the search index."""
    index = index_folder(store.home, OWNER) / "meta.json"
    index.parent.mkdir(parents=True)
    index.write_text(MARK)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(belongings, "delete_files", _killed)
        belongings.delete_everything(store, OWNER)
    assert not index.exists()


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_is_anothers_stays(store: Store, world: World) -> None:
    """A stranger works in the owner's things, then deletes all of their own."""
    for kind, thing in (("dataset", world.dataset), ("conversation", world.conversation)):
        shares.share(store, OWNER, kind, thing, to_user=STRANGER, right="edit")
    datasets.add_version(store, STRANGER, dataset_id=world.dataset, **version_facts(store, "new"))
    conversations.add_turn(store, STRANGER, world.conversation, "q", provider="p", model="m", worker_id="w")
    belongings.delete_everything(store, STRANGER)
    assert len(datasets.dataset(store, OWNER, world.dataset).versions) == 2
    assert [turn.question for turn in conversations.turns(store, OWNER, world.conversation)] == [MARK]
    assert store.blobs.size(datasets.dataset(store, OWNER, world.dataset).latest.blob)


def test_whoever_saw_their_things_is_named(store: Store, world: World) -> None:
    shares.share(store, OWNER, "document", world.document, to_user=STRANGER)
    shares.share(store, OWNER, "document", world.document, to_group=f"google:{MARK}")
    assert belongings.delete_everything(store, OWNER) == tuple(sorted((OWNER, STRANGER, world.person)))
    assert documents.list_documents(store, STRANGER) == []
