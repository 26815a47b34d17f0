"""Which file in failed/ is which document's, as the program itself keeps it: ``work/failed/<sha256>.json``.

People read, rename and replace what is in failed/. So neither a name there nor the text of a reason
file may say which document it is: the journal has the number, and this says where its original was
put.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from connectors.files import make_folder, write_whole
from connectors.sources.folder.claim import Claimed
from records.mynumber import mask_my_number


@dataclass(frozen=True, slots=True)
class FailedPlace:
    """Where the original of a failed document was put.

    Attributes:
        file: its name in failed/; ``relative``: where it was, below the inbox.
        size: of the original, bytes.
    """

    sha256: str
    file: str
    relative: str
    size: int

    @classmethod
    def of(cls, claimed: Claimed, file: str) -> FailedPlace:
        return cls(claimed.sha256, file, mask_my_number(claimed.relative, sign="X"), claimed.size)


def write(work: Path, place: FailedPlace) -> None:
    """Keep a place; it is on the disk before this returns.

    Raises:
        OSError: it cannot be written.
    """
    path = _path(work, place.sha256)
    make_folder(path.parent)
    write_whole(path, json.dumps(asdict(place), sort_keys=True).encode())


def read(work: Path, sha256: str) -> FailedPlace | None:
    """The place of a document; None where none is kept."""
    try:
        place = FailedPlace(**json.loads(_path(work, sha256).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    is_plain = place.sha256 == sha256 and Path(place.file).name == place.file
    return place if is_plain else None


def forget(work: Path, sha256: str) -> None:
    """A document is not in failed/ any more.

    Raises:
        OSError: the folder cannot be written.
    """
    _path(work, sha256).unlink(missing_ok=True)


def _path(work: Path, sha256: str) -> Path:
    return work / "failed" / f"{sha256}.json"
