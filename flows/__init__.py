"""The Prefect flows and the command line: the only room that composes everything, the only one that
imports Prefect."""
