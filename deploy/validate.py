"""Check the container files without a container engine: `python -m deploy.validate`, exit 1 where one is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from compose_spec import PyCompose

from deploy.local.services import SERVICES

ROOT = Path(__file__).resolve().parent.parent


def compose_faults(text: str) -> list[str]:
    """What is wrong with a compose file: its form, a service that is missing, a build file that is not there."""
    content: dict[str, Any] = yaml.safe_load(text)
    try:
        # The validator knows no YAML merge keys: they are resolved by loading.
        compose = PyCompose.from_yaml(yaml.safe_dump(content))
        compose.to_spec()
        compose.validate()
    except Exception as error:
        return [f"docker-compose.yml does not follow the Compose specification: {error}"]
    named = content.get("services", {})
    faults = [f"docker-compose.yml has no service {service!r}" for service in SERVICES if service not in named]
    for name, service in named.items():
        faults += [f"service {name!r} needs {other!r}, which is not there" for other in _needs(service) - named.keys()]
        build = service.get("build")
        if build and not (ROOT / build["context"] / build["dockerfile"]).exists():
            faults.append(f"service {name!r} builds from {build['dockerfile']}, which is not there")
    if "KAFKA_LOG_DIRS" not in named.get("kafka", {}).get("environment", {}):
        faults.append("service 'kafka' sets no KAFKA_LOG_DIRS: its data would not lie in its volume")
    return faults


def dockerfile_faults(path: Path) -> list[str]:
    """What hadolint says of a Dockerfile."""
    command = [str(Path(sys.executable).with_name("hadolint")), "--no-color", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode else []


def _needs(service: dict[str, Any]) -> set[str]:
    return set(service.get("depends_on", {}))


def main() -> int:
    """Check both files."""
    faults = compose_faults((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    faults += dockerfile_faults(ROOT / "deploy" / "Dockerfile")
    print("\n".join(faults) or "deploy: docker-compose.yml and Dockerfile are valid")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
