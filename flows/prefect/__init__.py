"""All that knows Prefect: its server, the two flows, and what its pages show of a run.

Only the service (:mod:`flows.service`) comes here. What a flow does is done by :mod:`flows.intake` and
:mod:`flows.delivery`, which know no Prefect.
"""
