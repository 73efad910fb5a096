"""The alert rules and the Grafana board ask only for metrics that the bot has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from operations.metrics import Metrics
from tests.wire.process import ROOT

RULES, BOARD = ROOT / "deploy/alerts.yaml", ROOT / "deploy/grafana.json"
COUNTED_ELSEWHERE = {
    "thingamabot_cache_reads_total",
    "thingamabot_discord_invalid_requests_total",
    "thingamabot_feed_posts_total",
}
FEEDS = {"posts_total", "outbox", "outbox_oldest_seconds", "age_seconds"}
NAME = re.compile(r"\b(?:thingamabot|discord|logging)_\w+")


def expressions() -> list[str]:
    rules: Any = yaml.safe_load(RULES.read_text())
    board: Any = json.loads(BOARD.read_text())
    asked = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    return asked + [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def names() -> set[str]:
    """Every name that the bot can send, with the suffixes of histograms and counters."""
    families = list(Metrics("1").registry.collect())
    suffixes = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",), "info": ("_info",)}
    return {f"{each.name}{suffix}" for each in families for suffix in suffixes.get(each.type, ("",))}


def test_each_rule_and_panel_asks_for_a_metric_of_ours() -> None:
    asked = {name for expression in expressions() for name in NAME.findall(expression)}
    assert len(asked) > 12
    assert asked - names() - COUNTED_ELSEWHERE == set()


def test_the_board_and_the_rules_know_feeds() -> None:
    """How many posts, what waits and for how long, how the feeds are, and when Thingiverse was last read."""
    asked = {name for expression in expressions() for name in NAME.findall(expression)}
    assert {f"thingamabot_feed_{name}" for name in FEEDS} | {"thingamabot_feeds"} <= asked
    ids = [panel["id"] for panel in json.loads(BOARD.read_text())["panels"]]
    assert len(ids) == len(set(ids))


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool isn't installed")
def test_promtool_accepts_the_rules() -> None:
    done = subprocess.run(["promtool", "check", "rules", str(RULES)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze isn't installed")
def test_systemd_accepts_the_unit_and_calls_it_safe() -> None:
    unit = str(ROOT / "deploy/thingamabot.service")
    said = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False).stderr
    wrong = [line for line in said.splitlines() if unit in line or "Unknown" in line or "Failed to parse" in line]
    assert wrong == []
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unrecognized option" in rated.stderr:
        pytest.skip("this systemd can't rate a file")
    assert rated.returncode == 0, rated.stdout[-300:]
