"""The compose file for several processes: nothing is open, everything is pinned, and what fails is restarted."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

import config
from tests.wire.process import ROOT

COMPOSE: Any = yaml.safe_load((ROOT / "deploy/compose.scale.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


def test_it_runs_four_bots_and_what_they_share() -> None:
    assert SERVICES.keys() == {"bot", "postgres", "valkey", "prometheus", "grafana"}
    assert SERVICES["bot"]["deploy"] == {"replicas": 4}
    assert "container_name" not in SERVICES["bot"], "or it couldn't be scaled"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_checked_restarted_and_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["mem_limit"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "bot"])
def test_images_have_a_version(name: str) -> None:
    assert re.search(r":v?\d+\.\d+(\.\d+)?(-\w+)?$", SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_on_this_machine_only(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)
    if name in {"postgres", "valkey"}:
        assert SERVICES[name]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_the_bots_settings_fit_together() -> None:
    given: dict[str, str] = SERVICES["bot"]["environment"]
    needed = {"DISCORD_TOKEN": "a", "THINGIVERSE_CLIENT_ID": "b", "THINGIVERSE_APP_TOKEN": "c", "TOKEN_KEYS": "d"}
    address = re.sub(r"\$\{.*?\}", "password", given["DATABASE_URL"])
    settings = config.load({**needed, **given, "DATABASE_URL": address})
    assert settings.many
    assert settings.shards is None
    assert settings.backup_every is None, "nobody keeps /data"


def test_the_passwords_are_in_a_file_that_the_bot_does_not_read() -> None:
    """An unknown setting in the bot's own .env is an error."""
    text = (ROOT / "deploy/compose.scale.yaml").read_text()
    asked = re.findall(r"\$\{(\w+):\?(.+?)\}", text)
    assert {(name, fix) for name, fix in asked} == {
        ("POSTGRES_PASSWORD", "set it in deploy/.env"),
        ("GRAFANA_PASSWORD", "set it in deploy/.env"),
    }
    for page in (text, (ROOT / "docs/scale.md").read_text()):
        assert "--env-file deploy/.env --file deploy/compose.scale.yaml up" in page


def test_grafana_finds_its_board_and_prometheus() -> None:
    mounts = dict(each.split(":")[:2] for each in SERVICES["grafana"]["volumes"])
    provisioned = "/etc/grafana/provisioning"
    assert mounts["./scale/grafana-sources.yaml"].startswith(f"{provisioned}/datasources/")
    assert mounts["./scale/grafana-boards.yaml"].startswith(f"{provisioned}/dashboards/")
    boards: Any = yaml.safe_load((ROOT / "deploy/scale/grafana-boards.yaml").read_text())
    assert str(PurePosixPath(mounts["./grafana.json"]).parent) == boards["providers"][0]["options"]["path"]
    sources: Any = yaml.safe_load((ROOT / "deploy/scale/grafana-sources.yaml").read_text())
    board: Any = json.loads((ROOT / "deploy/grafana.json").read_text())
    (variable,) = (each for each in board["templating"]["list"] if each["type"] == "datasource")
    assert sources["datasources"][0]["type"] == variable["query"]
    used = {target["datasource"]["uid"] for target in board["panels"]}
    assert used == {f"${{{variable['name']}}}"}
    assert sources["datasources"][0]["url"] == "http://prometheus:9090"


def test_every_file_it_mounts_is_there() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert len(files) == 5
    assert all((ROOT / "deploy" / each).is_file() for each in files)


def test_no_secret_is_written_down() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert "PASSWORD" not in name or re.fullmatch(r"\$\{\w+:\?.+\}", value)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool isn't installed")
def test_prometheus_understands_its_settings_and_finds_the_rules(tmp_path: Path) -> None:
    mounts = dict(each.split(":")[:2] for each in SERVICES["prometheus"]["volumes"])
    for source, place in mounts.items():
        if place.startswith("/etc/prometheus/"):
            shutil.copy(ROOT / "deploy" / source, tmp_path / PurePosixPath(place).name)
    checked = subprocess.run(
        ["promtool", "check", "config", "prometheus.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert "1 rule files found" in checked.stdout
