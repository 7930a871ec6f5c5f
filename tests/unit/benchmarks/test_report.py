"""From lines of a run to a page that people read."""

import json

import pytest

from benchmarks import capacity, report


def line(name: str, value: float, **facts: object) -> str:
    plain = {"unit": "ms", "baseline": None, "ratio": None, "target": "", "ok": True}
    return json.dumps({"name": name, "value": value, **plain, **facts})


def test_figures_become_tables_and_sizes_a_curve(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "PAGE", tmp_path / "benchmarks.md")
    monkeypatch.setattr(report, "PICTURES", tmp_path / "pictures")
    monkeypatch.setattr(report.machine, "described", lambda: MACHINE)
    monkeypatch.setattr(report, "OPERATIONS", tmp_path / "operations.md")
    note = f"{report.BEGIN}\nToo slow, because.\n{report.END}"
    (tmp_path / "benchmarks.md").write_text(f"# Old\n{note}\n")
    (tmp_path / "operations.md").write_text(f"{capacity.BEGIN}{capacity.END}")
    path = tmp_path / "run.jsonl"
    missed = {"baseline": 2.0, "ratio": 1.6, "target": "ratio <= 1.5", "ok": False}
    lines = [
        line("page home, kept: CPU", 2.0),
        line("page home, kept: CPU", 3.2, **missed),
        *(line(f"page, p95, at {size} shops", 1.0 + size) for size in (3, 300, 1000)),
    ]
    path.write_text("\n".join(lines))

    report.main(path)

    page = (tmp_path / "benchmarks.md").read_text()
    row = "| page home, kept: CPU | 3.2 | ms | 2 | 1.6 | ratio ≤ 1.5 | ✗ |"
    assert row in page
    assert "page home, kept: CPU | 2 |" not in page
    assert "1 miss their target" in page
    assert page.count(note) == 1
    assert "# Old" not in page
    assert [each.name for each in (tmp_path / "pictures").iterdir()] == [
        "bench-page-p95.svg"
    ]


MACHINE = dict.fromkeys(
    ("cpu", "cores", "memory", "system", "python", "postgresql"), "known"
)

RUN = {
    "nginx: home, kept": 20_000,
    "nginx: product, kept": 14_321,
    "page home, kept: 16 clients, beside the reference": 2_000,
    "page product, kept: 16 clients, beside Oscar's": 1_500,
    "page product, not kept, its parts kept: 16 clients, beside hello": 300,
    "page checkout, not kept, its parts kept: 16 clients, beside hello": 90,
    "guest purchases a second, 16 clients, beside Oscar's": 25,
    "guest purchase with a time kept first: 16 clients": 20,
    "mails through outbox and worker": 100,
    "memory of each of 1000 sockets": 50,
    "memory of the web workers at 1000 shops": 700,
}


def lines_of(figures):
    return [json.loads(line(name, value)) for name, value in figures.items()]


def test_what_a_core_carries_is_computed_from_the_slowest():
    page = f"Before.\n{capacity.BEGIN}old\n{capacity.END}\nAfter.\n"

    filled = capacity.filled(page, lines_of(RUN))

    assert filled.startswith("Before.\n")
    assert filled.endswith("\nAfter.\n")
    assert "old" not in filled
    assert "| 14,000/s | 7,200/s |" in filled
    assert "| 1,500/s | 750/s |" in filled
    assert "| 300/s | 150/s |" in filled  # what is nobody's own, not the checkout
    assert "36,000 an hour: 900 shops with 40 orders" in filled
    assert "10,000 for each GB" in filled


def test_half_a_run_computes_no_capacity():
    part = {name: value for name, value in RUN.items() if "mails" not in name}

    with pytest.raises(ValueError, match="no figure"):
        capacity.filled(f"{capacity.BEGIN}{capacity.END}", lines_of(part))
