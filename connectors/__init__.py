"""The world outside: sources that bring documents and sinks that take rows."""
