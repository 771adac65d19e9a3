"""What the Dockerfiles say, for tests."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("auth", "posts")


@dataclass(frozen=True, kw_only=True)
class Image:
    service: str
    steps: list[tuple[str, str]]

    @classmethod
    def of(cls, service: str) -> "Image":
        text = re.sub(r"^\s*#.*\n", "", (ROOT / f"deploy/{service}.Dockerfile").read_text(), flags=re.MULTILINE)
        lines = text.replace("\\\n", " ").splitlines()
        return cls(
            service=service, steps=[tuple(re.split(r"\s+", line.strip(), maxsplit=1)) for line in lines if line.strip()]
        )

    @property
    def stages(self) -> list[list[tuple[str, str]]]:
        """The steps from each FROM on."""
        starts = [index for index, (word, _) in enumerate(self.steps) if word == "FROM"]
        return [self.steps[a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)]

    def of_the_last_stage(self, word: str) -> list[str]:
        return [rest for step, rest in self.stages[-1] if step == word]

    @property
    def environment(self) -> dict[str, str]:
        return dict(pair.split("=", 1) for rest in self.of_the_last_stage("ENV") for pair in rest.split())

    @property
    def copied(self) -> list[str]:
        """What comes from the checkout."""
        steps = [rest.split() for word, rest in self.steps if word == "COPY" and not rest.startswith("--from")]
        return [source for *sources, _ in steps for source in sources]

    @property
    def command(self) -> list[str]:
        return json.loads(self.of_the_last_stage("CMD")[-1])

    @property
    def health_command(self) -> list[str]:
        return json.loads(self.of_the_last_stage("HEALTHCHECK")[0].partition("CMD ")[2])

    @property
    def port(self) -> int:
        return int(self.of_the_last_stage("EXPOSE")[0])
