"""The explorer's page as its user meets it, without a browser."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from components.store.users import LOCAL_OWNER_ID, ensure_local_owner
from components.tables.charts import empty_chart
from components.workbench import Workbench
from tests.people import add_person
from tests.tables.explorer.conftest import ORDERS, add_table


def opened(app_test: AppTest, **query: str) -> AppTest:
    for key, value in query.items():
        app_test.query_params[key] = value
    return app_test.switch_page("pages/explorer.py").run()


def words(app_test: AppTest) -> str:
    """Everything that the page says."""
    parts = [*app_test.title, *app_test.subheader, *app_test.caption, *app_test.markdown]
    return " | ".join(part.value for part in parts)


def test_without_a_table_it_says_what_it_is_for(app_test: AppTest) -> None:
    page = opened(app_test)
    assert not page.exception
    assert "Draw charts of a table" in words(page)


def test_it_opens_the_newest_table_and_says_how_it_stands(app_test: AppTest, bench: Workbench) -> None:
    ensure_local_owner(bench.store)
    add_table(bench.store, LOCAL_OWNER_ID, ORDERS)
    newest = add_table(bench.store, LOCAL_OWNER_ID, ORDERS, name="stock")
    page = opened(app_test)
    assert not page.exception
    assert "stock · 2,000 rows · no charts saved yet" in words(page)
    assert page.query_params["t"] in ([newest.id], newest.id)
    assert page.button[-1].label == "Save"
    assert page.button[-1].disabled


def test_another_table_is_a_choice_away(app_test: AppTest, bench: Workbench) -> None:
    ensure_local_owner(bench.store)
    first = add_table(bench.store, LOCAL_OWNER_ID, ORDERS)
    add_table(bench.store, LOCAL_OWNER_ID, ORDERS, name="stock")
    page = opened(app_test)
    page.selectbox[0].set_value(first.id).run()
    assert "orders · 2,000 rows" in words(page)


def test_saved_charts_are_listed(app_test: AppTest, bench: Workbench) -> None:
    from components.store.charts import save_charts

    ensure_local_owner(bench.store)
    table = add_table(bench.store, LOCAL_OWNER_ID, ORDERS)
    save_charts(bench.store, LOCAL_OWNER_ID, table.id, [empty_chart({"region": "VARCHAR"}, name="By region")], [])
    page = opened(app_test, t=table.id, chart="By region")
    assert "saved just now" in words(page)


def test_another_users_table_is_not_shown(app_test: AppTest, bench: Workbench) -> None:
    ensure_local_owner(bench.store)
    add_table(bench.store, LOCAL_OWNER_ID, ORDERS)
    foreign = add_table(bench.store, add_person(bench.store, "bob"), ORDERS, name="secret")
    page = opened(app_test, t=foreign.id)
    assert "secret" not in words(page)
    assert "rows ·" not in words(page)
    assert not page.exception
