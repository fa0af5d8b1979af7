"""Shares: what they let their receiver do and what not, and that taken back they are gone at once, for every call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from components.errors import AccessError
from components.store import (
    Store,
    audit,
    charts,
    conversations,
    datasets,
    documents,
    evidence,
    identities,
    jobs,
    passages,
    pen,
    shares,
    usage,
)
from components.store._names import LONGEST_TITLE
from components.store._people import new_user
from components.store.schema import replies, users
from components.store.shares import Share, ShareError
from tests.people import add_person
from tests.store.counting import all_rows
from tests.store.test_conversations import Tokens
from tests.store.test_ownership import CALLS, ids, lost_rows, outcome
from tests.store.world import MARK, OWNER, STRANGER, World, version_facts, world

__all__ = ["world"]

READS = {
    "dataset": ("datasets.dataset", "datasets.version", "datasets.list_datasets"),
    "document": (
        *("documents.document", "documents.page", "documents.pages", "documents.list_documents"),
        *("passages.passages", "passages.passages_named", "passages.searchable", "passages.vectors"),
    ),
    "conversation": (
        *("conversations.conversation", "conversations.turns", "conversations.turn", "conversations.reply"),
        *("conversations.pieces", "conversations.list_conversations", "usage.usage_of_conversation"),
        *("evidence.evidence", "evidence.evidence_of_reply", "stops.stops"),
    ),
}
"""What whoever a thing is shared with may read of it: nothing else of the owner's."""

READING_CHANGES = {"datasets.set_profile", "charts.save_charts"}
"""What a reader's own look at a shared table writes: their charts, and the profile, which follows from the rows."""

EDITS = {
    "dataset": ("datasets.rename_dataset", "datasets.add_version"),
    "document": ("documents.rename_document",),
    "conversation": (
        *("conversations.rename_conversation", "conversations.set_choices", "conversations.add_turn"),
        *("conversations.add_reply", "conversations.ask_to_stop"),
    ),
}
EVERYTHING = sorted(CALLS)


def thing(world: World, kind: str) -> str:
    return str(getattr(world, kind))


def give(store: Store, world: World, kind: str, right: str = "read") -> Share:
    return shares.share(store, OWNER, kind, thing(world, kind), to_user=STRANGER, right=right)


def told(got: Any) -> str:
    return f"{got!r} {getattr(got, 'what', '')} {getattr(got, 'todo', '')}"


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in READS.items() for name in names])
def test_a_receiver_reads_and_after_taking_back_nothing(kind: str, name: str, store: Store, world: World) -> None:
    nothing = told(outcome(CALLS[name], store, STRANGER, world))
    share = give(store, world, kind)
    given = outcome(CALLS[name], store, STRANGER, world)
    assert not isinstance(given, AccessError)
    assert told(given) != nothing
    assert shares.unshare(store, OWNER, share.id) == (STRANGER,)
    assert told(outcome(CALLS[name], store, STRANGER, world)) == nothing


@pytest.mark.parametrize("kind", READS)
@pytest.mark.parametrize("right", ["read", "edit"])
def test_a_receiver_can_do_nothing_else(kind: str, right: str, store: Store, world: World) -> None:
    """Every other function of the store, with every id of the owner's: as for a stranger."""
    give(store, world, kind, right)
    allowed = {*READS[kind], *(EDITS[kind] if right == "edit" else ()), *READING_CHANGES}
    allowed |= {"conversations.ask_to_stop", "shares.shared_with", "belongings.whole_conversation", "charts.charts"}
    for name in EVERYTHING:
        if name not in allowed:
            before = all_rows(store)
            got = told(outcome(CALLS[name], store, STRANGER, world))
            if name != "belongings.delete_everything":  # lets go of what was shared with whom it deletes
                assert lost_rows(before, all_rows(store)) == {}, name
            if name != "evidence.add_evidence":
                assert not [one for one in (MARK, *ids(world)) if one in got and one != thing(world, kind)], name
            give(store, world, kind, right)


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in EDITS.items() for name in names])
def test_an_editor_may_and_a_reader_may_not(kind: str, name: str, store: Store, world: World) -> None:
    give(store, world, kind, "read")
    before = all_rows(store)
    assert isinstance(outcome(CALLS[name], store, STRANGER, world), AccessError)
    assert all_rows(store) == before
    give(store, world, kind, "edit")
    assert not isinstance(outcome(CALLS[name], store, STRANGER, world), AccessError)
    assert all_rows(store) != before


@pytest.mark.parametrize("kind", READS)
def test_a_viewer_edits_nothing_whatever_was_given(kind: str, store: Store, world: World) -> None:
    give(store, world, kind, "edit")
    with store.database.writing() as connection:
        connection.execute(sa.update(users).where(users.c.id == STRANGER).values(role="viewer"))
    for name in EDITS[kind]:
        assert isinstance(outcome(CALLS[name], store, STRANGER, world), AccessError), name


def test_what_an_editor_adds_is_the_owners(store: Store, world: World) -> None:
    give(store, world, "dataset", "edit")
    added = datasets.add_version(store, STRANGER, dataset_id=world.dataset, **version_facts(store, "new"))
    assert added.latest.number == 2
    with store.database.writing() as connection:
        connection.execute(sa.delete(users).where(users.c.id == STRANGER))
    assert datasets.dataset(store, OWNER, world.dataset).latest.id == added.latest.id


def test_who_asks_in_anothers_conversation_pays_and_is_named(store: Store, world: World) -> None:
    give(store, world, "conversation", "edit")
    turn, reply = conversations.add_turn(
        store, STRANGER, world.conversation, "mine", provider="p", model="m", worker_id="w"
    )
    usage.add_usage(store, STRANGER, reply.id, "openai", "m", Tokens(), 1.0)
    pen.write_pieces(store, [pen.PieceRow(reply.id, 0, "text", "answer")], "w")
    asked = [(one.question, one.asked_by) for one in conversations.turns(store, OWNER, world.conversation)]
    assert asked == [(MARK, ""), ("mine", "Stranger")]
    assert conversations.turn(store, STRANGER, world.turn).asked_by == "Owner"
    assert conversations.pieces(store, OWNER, reply.id)[0].body == "answer"
    assert [spent.provider for spent in usage.spent(store, STRANGER, 0)] == ["openai"]
    assert "openai" not in [spent.provider for spent in usage.spent(store, OWNER, 0)]
    assert turn.number == 2


def test_taking_a_conversation_back_stops_what_its_receiver_waits_for(store: Store, world: World) -> None:
    share = give(store, world, "conversation", "edit")
    _, theirs = conversations.add_turn(store, STRANGER, world.conversation, "q", provider="p", model="m", worker_id="w")
    shares.unshare(store, OWNER, share.id)
    stopped = pen.write_pieces(store, [pen.PieceRow(theirs.id, 0, "text", "more")], "w")
    assert stopped == {theirs.id}
    with store.database.reading() as connection:
        cancelled = connection.scalars(sa.select(replies.c.id).where(replies.c.cancel)).all()
    assert cancelled == [theirs.id], "the owner's own goes on"


def test_a_group_shares_and_leaving_it_ends_it(store: Store, world: World) -> None:
    identities.set_groups(store, STRANGER, "google", [MARK])
    shares.share(store, OWNER, "dataset", world.dataset, to_group=f"google:{MARK}")
    assert datasets.dataset(store, STRANGER, world.dataset).right == "read"
    assert shares.receivers(store, OWNER, "dataset", world.dataset) == tuple(sorted((OWNER, STRANGER, world.person)))
    identities.set_groups(store, STRANGER, "google", [])
    with pytest.raises(AccessError):
        datasets.dataset(store, STRANGER, world.dataset)


def test_a_group_of_the_same_name_at_another_provider_is_another(store: Store, world: World) -> None:
    identities.set_groups(store, STRANGER, "github", [MARK])
    shares.share(store, OWNER, "document", world.document, to_group=f"google:{MARK}")
    assert documents.list_documents(store, STRANGER) == []


def test_the_better_of_two_rights_counts(store: Store, world: World) -> None:
    identities.set_groups(store, STRANGER, "google", [MARK])
    shares.share(store, OWNER, "document", world.document, to_group=f"google:{MARK}", right="edit")
    give(store, world, "document", "read")
    assert documents.document(store, STRANGER, world.document).may_edit


@pytest.mark.parametrize(
    "receiver",
    [
        {"to_user": OWNER},
        {"to_user": "nobody"},
        {"to_user": "invited"},
        {"to_user": "barred"},
        {"to_user": "local"},
        {"to_group": "google:others"},
        {"to_group": MARK},
    ],
)
def test_only_who_can_see_it_can_be_named(receiver: dict[str, str], store: Store, world: World) -> None:
    named = {name: getattr(world, one) if one in ("invited", "barred") else one for name, one in receiver.items()}
    with pytest.raises(ShareError):
        shares.share(store, OWNER, "dataset", world.dataset, **named)
    assert len(shares.shares(store, OWNER, "dataset", world.dataset)) == 1


def test_sharing_again_changes_the_right_and_adds_nothing(store: Store, world: World) -> None:
    give(store, world, "dataset", "read")
    give(store, world, "dataset", "edit")
    found = {share.name: share.right for share in shares.shares(store, OWNER, "dataset", world.dataset)}
    assert found == {MARK: "read", "Stranger": "edit"}


def test_a_receiver_lets_go_and_passes_nothing_on(store: Store, world: World) -> None:
    share = give(store, world, "dataset", "edit")
    third = add_person(store, "third")
    for call in (
        lambda: shares.share(store, STRANGER, "dataset", world.dataset, to_user=third),
        lambda: shares.shares(store, STRANGER, "dataset", world.dataset),
        lambda: shares.unshare(store, third, share.id),
        lambda: shares.unshare(store, STRANGER, world.share),
        lambda: datasets.delete_dataset(store, STRANGER, world.dataset),
    ):
        with pytest.raises(AccessError):
            call()
    shares.unshare(store, STRANGER, share.id)
    assert datasets.list_datasets(store, STRANGER) == []


def test_people_are_found_by_the_whole_name_or_address_alone(store: Store, world: World) -> None:
    def found(words: str) -> list[str | None]:
        return [one.user_id for one in shares.find_people(store, STRANGER, words)]

    with store.database.writing() as connection:
        new_user(connection, name=f"Invited@{MARK}", email="eve@example.com", role="viewer", state="active")
    assert found(" owner ") == [OWNER]
    assert found(f"ACTIVE@{MARK}") == [world.person]
    assert found(MARK) == [world.person], "neither invited nor barred"
    for nobody in ("", "own", "%", "_____", f"invited@{MARK}", "stranger", "@"):
        assert found(nobody) == [], nobody


@pytest.mark.parametrize("kind", READS)
def test_an_editor_makes_no_title_that_fills_a_page(kind: str, store: Store, world: World) -> None:
    give(store, world, kind, "edit")
    rename: dict[str, Callable[..., Any]] = {
        "dataset": datasets.rename_dataset,
        "document": documents.rename_document,
        "conversation": conversations.rename_conversation,
    }
    assert len(rename[kind](store, STRANGER, thing(world, kind), "x" * 1_000_000).title) == LONGEST_TITLE


def test_shares_are_in_the_audit_without_a_conversations_title(store: Store, world: World) -> None:
    shares.unshare(store, OWNER, give(store, world, "conversation").id)
    lines = [(one.did, one.thing, one.detail) for one in audit.own_audit(store, OWNER)][:2]
    shared = ("shared", "conversation", "with Stranger, to read")
    assert sorted(lines) == [shared, ("unshared", "conversation", "with Stranger")]


@pytest.mark.parametrize("kind", READS)
def test_deleting_a_thing_deletes_its_shares(kind: str, store: Store, world: World) -> None:
    give(store, world, kind)
    delete: dict[str, Callable[[], None]] = {
        "dataset": lambda: datasets.delete_dataset(store, OWNER, world.dataset),
        "document": lambda: documents.delete_document(store, OWNER, world.document),
        "conversation": lambda: conversations.delete_conversation(store, OWNER, world.conversation),
    }
    delete[kind]()
    assert shares.shared_with(store, STRANGER, kind) == []
    assert f"'{kind}', '{thing(world, kind)}'" not in str(all_rows(store)["shares"]).replace('"', "")


def test_two_tables_of_one_name_are_told_apart(store: Store, world: World) -> None:
    datasets.add_version(store, STRANGER, **version_facts(store, "own"))
    give(store, world, "dataset")
    third = add_person(store, "third")
    other = datasets.add_version(store, third, **version_facts(store, "third"))
    shares.share(store, third, "dataset", other.id, to_user=STRANGER)
    names = {one.shared_by: one.name for one in datasets.list_datasets(store, STRANGER)}
    assert names == {"": "orders", "Owner": "orders_2", "Third": "orders_3"}
    assert datasets.dataset(store, STRANGER, other.id).name == "orders_3"
    assert datasets.dataset(store, OWNER, world.dataset).name == "orders"


def test_a_receivers_charts_are_their_own_and_go_with_the_share(store: Store, world: World) -> None:
    share = give(store, world, "dataset")
    assert charts.charts(store, STRANGER, world.dataset) is None, "not the owner's"
    charts.save_charts(store, STRANGER, world.dataset, [{"name": "theirs"}], [], "data:image/png")
    assert charts.charts(store, OWNER, world.dataset).specs == [{"name": MARK}]  # type: ignore[union-attr]
    shares.unshare(store, OWNER, share.id)
    assert charts.charts(store, STRANGER, world.dataset) is None
    with pytest.raises(AccessError):
        charts.save_charts(store, STRANGER, world.dataset, [], [])


def test_an_answer_stays_but_leads_to_nothing_any_more(store: Store, world: World) -> None:
    share = give(store, world, "dataset")
    talk = conversations.create_conversation(store, STRANGER, "tables")
    _, reply = conversations.add_turn(store, STRANGER, talk.id, "q", provider="p", model="m", worker_id="w")
    kept = evidence.add_evidence(store, STRANGER, reply.id, "query", {"sql": "1"}, [world.version])
    assert evidence.evidence(store, STRANGER, kept.id).gone_version_ids == ()
    shares.unshare(store, OWNER, share.id)
    assert evidence.evidence(store, STRANGER, kept.id).gone_version_ids == (world.version,)
    with pytest.raises(AccessError):
        evidence.add_evidence(store, STRANGER, reply.id, "query", {}, [world.version])


def test_a_shared_answer_shows_no_passage_of_a_document_that_is_not_shared(store: Store, world: World) -> None:
    found = {"passages": [{"document_id": world.document, "text": MARK}], "quotes": [{"text": "the answer's own"}]}
    kept = evidence.add_evidence(store, OWNER, world.reply, "passages", found)
    give(store, world, "conversation")
    seen = evidence.evidence(store, STRANGER, kept.id).body
    assert seen["passages"] == [{"document_id": world.document, "text": ""}]
    assert seen["quotes"] == found["quotes"]
    give(store, world, "document")
    assert evidence.evidence(store, STRANGER, kept.id).body == found
    assert evidence.evidence(store, OWNER, kept.id).body == found


def test_jobs_of_another_do_not_reach_a_shared_document(store: Store, world: World) -> None:
    give(store, world, "document", "edit")
    assert jobs.jobs(store, STRANGER) == []
    with pytest.raises(AccessError):
        passages.without_embedding(store, STRANGER, world.document, 9)


def test_what_one_shares_is_listed_with_whom(store: Store, world: World) -> None:
    for kind in READS:
        give(store, world, kind, "edit")
    found = shares.given(store, OWNER)
    assert {(one.share.kind, one.share.thing_id) for one in found if one.share.name == "Stranger"} == {
        (kind, thing(world, kind)) for kind in READS
    }
    assert all(one.title == MARK for one in found), "by the titles that their owner gave"
    assert shares.given(store, STRANGER) == []


@pytest.mark.parametrize("kind", READS)
def test_a_receiver_knows_the_share_with_themselves_alone(kind: str, store: Store, world: World) -> None:
    identities.set_groups(store, STRANGER, "google", [MARK])
    shares.share(store, OWNER, kind, thing(world, kind), to_group=f"google:{MARK}")
    assert shares.share_to(store, STRANGER, kind, thing(world, kind)) is None
    assert [one.share_id for one in shares.shared_with(store, STRANGER, kind)] == [None]
    mine = give(store, world, kind)
    assert shares.share_to(store, STRANGER, kind, thing(world, kind)) == mine
    assert [one.share_id for one in shares.shared_with(store, STRANGER, kind)] == [mine.id]
    shares.unshare(store, STRANGER, mine.id)
    assert [one.share_id for one in shares.shared_with(store, STRANGER, kind)] == [None], "the group still sees it"
    assert audit.own_audit(store, STRANGER)[0].did == "let go of a share"


def test_a_share_says_whether_its_receivers_role_lets_them_edit(store: Store, world: World) -> None:
    assert give(store, world, "dataset", "edit").works
    with store.database.writing() as connection:
        connection.execute(sa.update(users).where(users.c.id == STRANGER).values(role="viewer"))
    assert not shares.share_to(store, STRANGER, "dataset", world.dataset).works  # type: ignore[union-attr]
    assert datasets.dataset(store, STRANGER, world.dataset).right == "read"
