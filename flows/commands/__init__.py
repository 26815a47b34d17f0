"""The commands of ``torikomi``, one module a topic; :mod:`flows.cli` loads them by name."""
