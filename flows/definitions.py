"""What an office has written down: its settings, its strategy and its forms."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flows.formcheck import read_all_forms
from initiatives.register import Strategy
from initiatives.strategy import load_strategy
from records.errors import DefinitionError
from records.forms import FormDef
from records.site import Site, load_site


@dataclass(frozen=True, slots=True)
class Definitions:
    """What an office has written down; every reference between the files has been checked.

    Attributes:
        forms: by id; those in ``broken``, too, as far as their sheets can be recognised.
        broken: id (or folder) of a form → all that is wrong with it; it does not run.
    """

    site: Site
    strategy: Strategy
    forms: Mapping[str, FormDef]
    broken: Mapping[str, DefinitionError] = field(default_factory=dict)


def load_definitions(folder: Path) -> Definitions:
    """Read site.toml, strategy.toml and every form.toml.

    Raises:
        DefinitionError: site.toml or strategy.toml is missing or wrong. A form that is wrong stops
            nothing but itself (``Definitions.broken``).
    """
    site = load_site(folder)
    return definitions_of(site, load_strategy(site.strategy))


def definitions_of(site: Site, strategy: Strategy) -> Definitions:
    """The definitions of a site whose settings and strategy are loaded already."""
    forms, broken = read_all_forms(site.forms, strategy)
    return Definitions(site, strategy, forms, broken)


def owner_of(site: Site) -> str:
    """Who this machine's work on a site is in the journal."""
    return f"{socket.gethostname()}:{site.folder}"
