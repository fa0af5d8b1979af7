"""What is over of signing in goes; what is not stays."""

from __future__ import annotations

from components.documents.shelf import folder_of
from components.store import Store, attempts, codes, flows, logins, sweeping
from components.store import schema_people as tables
from components.store._files import index_folder
from tests.store.ageing import age
from tests.store.counting import rows_in
from tests.store.test_logins import signed_in

SWEPT = ("tickets", "logins", "flows", "codes", "attempts")


def test_what_is_over_goes(store: Store, owner: str) -> None:
    leave_one_of_each(store, owner)
    age(store, tables.tickets.c.created_at, 31)
    age(store, tables.logins.c.expires_at, 3601)
    age(store, tables.flows.c.created_at, 601)
    age(store, tables.codes.c.expires_at, 61)
    age(store, tables.attempts.c.at, 8 * 86_400)
    assert sweeping.sweep_sign_ins(store) == len(SWEPT)
    assert [rows_in(store)[name] for name in SWEPT] == [0] * len(SWEPT)


def test_a_sweep_leaves_what_is_new(store: Store, owner: str) -> None:
    leave_one_of_each(store, owner)
    assert sweeping.sweep_sign_ins(store) == 0
    assert [rows_in(store)[name] for name in SWEPT] == [1] * len(SWEPT)


def leave_one_of_each(store: Store, user_id: str) -> None:
    signed_in(store, user_id)
    logins.open_ticket(store, user_id, "local")
    flows.begin_flow(store, provider="google", browser="b")
    codes.new_code(store, "reset", user_id, 60)
    attempts.note_failure(store, "x")


def test_the_indexes_of_users_who_are_gone_go(store: Store, owner: str) -> None:
    mine, gone = folder_of(store, owner), folder_of(store, "gone")
    strange = mine.parent / "notes"
    for folder in (mine, gone, strange):
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
    assert sweeping.sweep_indexes(store) == 1
    assert mine.exists() and strange.exists() and not gone.exists()


def test_a_store_without_indexes_has_none_to_sweep(store: Store) -> None:
    assert sweeping.sweep_indexes(store) == 0


def test_store_and_search_agree_where_an_index_lies(store: Store) -> None:
    assert index_folder(store.home, "ada") == folder_of(store, "ada")
