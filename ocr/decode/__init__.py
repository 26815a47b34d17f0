"""From what an engine saw to texts that a field can hold: lines, cells, columns and codes."""
