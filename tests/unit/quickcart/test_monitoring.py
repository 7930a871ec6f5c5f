"""Rules and dashboard ask for figures that exist, and every alert says what to do."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from quickcart.launcher import servers
from quickcart.observability import figures, health, metrics, probes, shared

ROOT = Path(__file__).resolve().parents[3]
MONITORING = ROOT / "docker/monitoring"
#: What Prometheus itself says of whom it asks.
ITS_OWN = {"up"}
NAME = re.compile(r"\b(?:up|quickcart_\w+)\b(?!\s*=)")


@pytest.fixture
def known(monkeypatch, tmp_path):
    """Every name a scrape can show, as its samples or its family say."""
    found = figures.NetworkFigures(1, 2, 3, 4, 5, 6, {"live": 3})
    answers = {"network": found, "valkey": 1.0}
    for name, value in answers.items():
        _answer(monkeypatch, getattr(figures, name), value)
    _answer(monkeypatch, figures.behind.probe, 0)
    _answer(monkeypatch, health.database, health.OK)
    monkeypatch.setenv(shared.VARIABLE, str(tmp_path))
    (tmp_path / f"counter_{os.getpid()}.db").touch()
    sources = figures.Processes("web"), figures.Network(), health.Readiness()
    told = [metric for source in sources for metric in source.collect()]
    names = {sample.name for metric in told for sample in metric.samples}
    for metric in metrics.registry.collect():
        suffixes = {
            "counter": ["_total"],
            "histogram": ["_bucket", "_sum", "_count"],
            "gauge": [""],
        }
        names |= {metric.name + suffix for suffix in suffixes[metric.type]}
    return names | ITS_OWN


def _answer(monkeypatch, probe, value):
    answer = probes.Answer(value, "", 0.0)
    monkeypatch.setattr(probe, "answer", lambda: answer)
    monkeypatch.setattr(probe, "latest", lambda: answer)


def alerts():
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text())
    return [rule for group in rules["groups"] for rule in group["rules"]]


def dashboard():
    path = MONITORING / "grafana/dashboards/quickcart.json"
    return json.loads(path.read_text())


def test_alerts_ask_for_figures_that_exist(known):
    for alert in alerts():
        assert set(NAME.findall(alert["expr"])) <= known, alert["alert"]


def test_the_dashboard_asks_for_figures_that_exist(known):
    panels = [panel for panel in dashboard()["panels"] if panel["type"] != "row"]

    asked = {target["expr"] for panel in panels for target in panel["targets"]}

    assert {name for expr in asked for name in NAME.findall(expr)} <= known
    assert len(panels) == len({panel["title"] for panel in panels})
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(
        dashboard()["panels"]
    )


def test_every_figure_is_shown_or_watched(known):
    text = json.dumps(dashboard()) + (MONITORING / "alerts.yml").read_text()
    families = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in known}

    assert {name for name in families if name not in text} == set()


def test_every_alert_says_what_to_do():
    page = (ROOT / "docs/operations.md").read_text()
    headings = {line[4:].lower() for line in page.splitlines() if line[:4] == "### "}

    for alert in alerts():
        place, _sign, anchor = alert["annotations"]["runbook"].partition("#")
        assert place == "docs/operations.md"
        assert anchor == alert["alert"].lower()
        assert anchor in headings
        assert alert["labels"]["severity"] in {"page", "ticket"}


def test_every_alert_is_tried():
    tried = yaml.safe_load((MONITORING / "alerts_test.yml").read_text())["tests"]
    named = {
        case["alertname"] for test in tried for case in test.get("alert_rule_test", [])
    }

    assert {alert["alert"] for alert in alerts()} == named


def test_what_is_exposed_is_well_formed():
    metrics.requests.labels("hub:home", "GET", "2xx").inc()

    families = list(text_string_to_metric_families(metrics.exposition().decode()))

    assert "quickcart_requests" in {family.name for family in families}


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "alerts.yml"),
        ("check", "config", "--syntax-only", "prometheus.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
)
def test_prometheus_takes_the_rules(arguments):
    promtool = servers.find_promtool()
    if promtool is None:
        reason = "No promtool on this machine: run `make test-tools`."
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)

    done = subprocess.run(
        [promtool, *arguments],
        cwd=MONITORING,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
