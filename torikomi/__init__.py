"""Torikomi from Python: open an office, read its paper, and know what a person has to look at.

::

    from pathlib import Path

    import torikomi

    with torikomi.open_site("office") as office:
        for sheet in office.read(Path("scan.tif")):
            if isinstance(sheet, torikomi.Refusal):
                print(sheet.pages, sheet.error.message)  # why, and what to do
                continue
            for name, field in sheet.fields.items():
                print(name, field.value, field.p, "a person looks" if field.doubtful else "")

These names are the whole public interface. Everything else (the packages ``records``, ``ocr``,
``connectors``, ``initiatives``, ``desk`` and ``flows``) may change with every version.
"""

from torikomi import rooms

rooms.pin()

from records.errors import (  # noqa: E402
    DefinitionError,
    DocumentError,
    ServiceError,
    TorikomiError,
)
from records.refusal import Refusal  # noqa: E402
from records.types import Field, Record  # noqa: E402
from torikomi.office import open_site, read  # noqa: E402
from torikomi.ownfiles import load_by_path  # noqa: E402

__version__ = "0.2.0"

__all__ = [
    "DefinitionError",
    "DocumentError",
    "Field",
    "Record",
    "Refusal",
    "ServiceError",
    "TorikomiError",
    "__version__",
    "load_by_path",
    "open_site",
    "read",
]
