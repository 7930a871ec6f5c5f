"""What the handbook has people type when they install, typed.

In a folder of the test's own; what would change the machine only notes that it was
called.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from support import deployment, handbook

#: A volume is where it is asked for.
DOCKER = """
    case "$*" in
        *inspect*) for last; do :; done; echo "$PLACE/volumes/$last";;
        *" run "*) mkdir -p "$PLACE/volumes/quickcart_backup" "$PLACE/volumes/quickcart_archive";;
    esac
"""
STUBS = {"docker": DOCKER, **dict.fromkeys(["apt", "chown", "systemctl"], "")}


def _type(block: str, folder: Path) -> str:
    """Run a block in a folder; return what was called."""
    (folder / "bin").mkdir()
    for name, script in STUBS.items():
        stub = folder / "bin" / name
        stub.write_text(f'#!/bin/sh\necho {name} "$@" >> "$PLACE/called"\n{script}')
        stub.chmod(0o755)
    # Under a name without blanks, as it is where people install it.
    release = folder / "current"
    release.symlink_to(deployment.ROOT)
    places = {
        "/opt/quickcart/current": release,
        **{name: folder / name.strip("/") for name in ("/etc", "/var", "ELSEWHERE")},
    }
    named = rf"(?<!\w)({'|'.join(places)})(?=/)"
    block = re.sub(named, lambda found: str(places[found[1]]), block)
    done = subprocess.run(
        ["bash", "-e", "-c", block],
        cwd=folder,
        env={
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "PLACE": str(folder),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return (folder / "called").read_text()


# Being watched, on Debian


def _of_debian(word: str) -> str:
    [block] = [one for one in handbook.blocks("## Install on Debian") if word in one]
    return block


def test_on_debian_prometheus_asks_this_machine(tmp_path):
    (tmp_path / "etc/prometheus").mkdir(parents=True)

    _type(_of_debian("apt install prometheus"), tmp_path)

    told = yaml.safe_load((tmp_path / "etc/prometheus/prometheus.yml").read_text())
    asked = {
        target
        for job in told["scrape_configs"]
        for group in job["static_configs"]
        for target in group["targets"]
    }
    assert asked == {"127.0.0.1:8000", "127.0.0.1:8001", "127.0.0.1:9108"}
    assert not [job for job in told["scrape_configs"] if "authorization" in job]
    for name in told["rule_files"]:
        assert (tmp_path / "etc/prometheus" / Path(name).name).exists()


def test_on_debian_the_dashboard_finds_its_source(tmp_path):
    provisioning = tmp_path / "etc/grafana/provisioning"
    for kind in ("datasources", "dashboards"):
        (provisioning / kind).mkdir(parents=True)

    _type(_of_debian("grafana-server"), tmp_path)

    [file] = (provisioning / "datasources").iterdir()
    [source] = yaml.safe_load(file.read_text())["datasources"]
    [file] = (provisioning / "dashboards").iterdir()
    [provider] = yaml.safe_load(file.read_text())["providers"]
    place = tmp_path / provider["options"]["path"].lstrip("/")
    dashboard = (place / "quickcart.json").read_text()
    wanted = set(re.findall(r'"type": "prometheus",\s+"uid": "([^"]+)"', dashboard))
    assert json.loads(dashboard)["uid"] == "quickcart"
    assert wanted == {source["uid"]}
    assert source["url"] == "http://127.0.0.1:9090"


# What was kept, on a new machine


@pytest.mark.parametrize(
    ("way", "backups", "archive", "owner"),
    [
        (0, "volumes/quickcart_backup", "volumes/quickcart_archive", "10001:10001"),
        (1, "var/backups/quickcart", "var/lib/postgresql/archive", "quickcart:"),
    ],
    ids=["containers", "Debian"],
)
def test_backups_come_to_a_new_machine(tmp_path, way, backups, archive, owner):
    kept = {"backup": "20260411T033000Z/media.tar", "archive": "000000010000"}
    for folder, name in kept.items():
        path = tmp_path / "ELSEWHERE" / folder / name
        path.parent.mkdir(parents=True)
        path.touch()
    for place in (backups, archive) if way else ():
        (tmp_path / place).mkdir(parents=True)  # containers' volumes are yet to be made

    called = _type(handbook.blocks("### Bring backups to a new machine")[way], tmp_path)

    assert (tmp_path / backups / kept["backup"]).exists()
    assert (tmp_path / archive / kept["archive"]).exists()
    assert f"chown -R {owner} {tmp_path / backups}\n" in called


def test_the_volumes_of_backups_are_made_by_who_writes_them():
    compose = deployment.compose()
    block = handbook.blocks("### Bring backups to a new machine")[0]
    [service] = re.findall(
        r"^docker compose run --rm --no-deps (\w+) true", block, re.MULTILINE
    )
    mounted = {
        volume.partition(":")[0] for volume in compose["services"][service]["volumes"]
    }

    asked = set(re.findall(rf"\b{compose['name']}_(\w+)", block))

    assert asked == {"backup", "archive"}
    assert asked <= mounted
    image = (deployment.DOCKER / "Dockerfile").read_text()
    assert re.findall(r"chown -R (\S+)", block) == re.findall(
        r"^USER (\S+)", image, re.MULTILINE
    )
