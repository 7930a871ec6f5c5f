"""From lines of a run to a page that people read."""

import json

from benchmarks import report


def line(name: str, value: float, **facts: object) -> str:
    plain = {"unit": "ms", "baseline": None, "ratio": None, "target": "", "ok": True}
    return json.dumps({"name": name, "value": value, **plain, **facts})


def test_figures_become_tables_and_sizes_a_curve(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "PAGE", tmp_path / "benchmarks.md")
    monkeypatch.setattr(report, "PICTURES", tmp_path / "pictures")
    monkeypatch.setattr(report.machine, "described", lambda: MACHINE)
    path = tmp_path / "run.jsonl"
    missed = {"baseline": 2.0, "ratio": 1.6, "target": "ratio <= 1.5", "ok": False}
    lines = [
        line("page home, not cached: CPU", 2.0),
        line("page home, not cached: CPU", 3.2, **missed),
        *(line(f"page, p95, at {size} shops", 1.0 + size) for size in (3, 300, 1000)),
    ]
    path.write_text("\n".join(lines))

    report.main(path)

    page = (tmp_path / "benchmarks.md").read_text()
    row = "| page home, not cached: CPU | 3.2 | ms | 2 | 1.6 | ratio ≤ 1.5 | ✗ |"
    assert row in page
    assert "page home, not cached: CPU | 2 |" not in page
    assert "1 miss their target" in page
    assert [each.name for each in (tmp_path / "pictures").iterdir()] == [
        "bench-page-p95.svg"
    ]


MACHINE = dict.fromkeys(
    ("cpu", "cores", "memory", "system", "python", "postgresql"), "known"
)
