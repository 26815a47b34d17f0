"""An office's own Python files, loaded by where they lie and not by name."""

from __future__ import annotations

import hashlib
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType


def load_by_path(path: Path | str) -> ModuleType:
    """Load a Python file, or a folder with an ``__init__.py``, whatever it is called.

    So an office may keep its own ``flows/nightly.py`` or ``records.py`` beside Torikomi's packages of
    the same names. A file is loaded once; the same path gives the same module again. Inside a folder
    use relative imports (``from . import nightly``).

    Example::

        nightly = torikomi.load_by_path("flows/nightly.py")
        nightly.run()

    Raises:
        FileNotFoundError: there is no such file, or the folder has no ``__init__.py``.
    """
    given = Path(path).resolve()
    file = given / "__init__.py" if given.is_dir() else given
    if not file.is_file():
        raise FileNotFoundError(f"{file} がありません")
    mark = hashlib.sha256(str(file).encode()).hexdigest()[:12]
    name = f"own_{mark}_{given.stem}"
    if name in sys.modules:
        return sys.modules[name]
    inside = [str(given)] if given.is_dir() else None
    spec = spec_from_file_location(name, file, submodule_search_locations=inside)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{file} はPythonのファイルではありません")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]  # half a module must not be found by the next call
        raise
    return module
