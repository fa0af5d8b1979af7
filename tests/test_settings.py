"""Settings: read from environment and secrets file, checked, and documented as they are."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from components.errors import ConfigurationError
from components.settings import child_environment, read_settings

ROOT = Path(__file__).resolve().parent.parent
NOWHERE = Path("/nonexistent/secrets.toml")


def test_the_environment_wins_over_the_secrets_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text('[groundwork]\nmodel = "light"\nupload_mb = 7\n', encoding="utf-8")
    found = read_settings({"GROUNDWORK_MODEL": "none"}, file)
    assert (found.model, found.upload_mb) == ("none", 7)


def test_keys_come_from_both_and_empty_ones_are_none(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text('GROQ_API_KEY = "g"\nOPENAI_API_KEY = "file"\n', encoding="utf-8")
    found = read_settings({"OPENAI_API_KEY": "environment", "MISTRAL_API_KEY": ""}, file)
    assert found.provider_keys == {"GROQ_API_KEY": "g", "OPENAI_API_KEY": "environment"}


def test_a_home_with_a_tilde_is_somebodys_folder() -> None:
    assert read_settings({"GROUNDWORK_HOME": "~/data"}, NOWHERE).home == Path.home() / "data"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("GROUNDWORK_QUERY_SECONDS", "soon", "GROUNDWORK_QUERY_SECONDS"),
        ("GROUNDWORK_QUERY_SECONDS", "0", "from 1 to 3,600"),
        ("GROUNDWORK_MODEL", "huge", "one of auto, standard, light, none"),
        ("GROUNDWORK_SIGNIN", "required", "GROUNDWORK_SIGNIN: no such setting"),
    ],
)
def test_a_malformed_setting_is_named(name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        read_settings({name: value}, NOWHERE)


def test_a_broken_secrets_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text("this is = = not toml", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"secrets\.toml cannot be read"):
        read_settings({}, file)


OPENS_A_DOOR = (
    *("OPENAI_API_KEY", "GROUNDWORK_ENCRYPTION_KEY", "GROUNDWORK_DATABASE_URL"),
    *("GROUNDWORK_PROVIDER_GITHUB_CLIENT_SECRET", "GROUNDWORK_PROVIDER_K_CLIENT_ID", "GH_TOKEN"),
)


@pytest.mark.parametrize("name", OPENS_A_DOOR)
def test_a_child_gets_no_keys(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("GROUNDWORK_MODEL", "none")
    assert name not in child_environment()
    assert child_environment(MORE="1")["MORE"] == "1"
    assert child_environment()["GROUNDWORK_MODEL"] == "none"


def test_the_readme_lists_every_setting_as_it_is() -> None:
    spec = importlib.util.spec_from_file_location("settings_table", ROOT / "scripts" / "settings_table.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert module.with_table(readme) == readme, "run: python scripts/settings_table.py"
