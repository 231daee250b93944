"""`m2t policy`: the synchronization policies, and those that listing templates name."""

from __future__ import annotations

from commands.edited import Edited, group
from schemas.synchronization_policy import SynchronizationPolicySchema
from schemas.template_policies import KINDS

command = group(
    "policy",
    "Policies: list them, show one, its history, and restore an earlier version.",
    [
        Edited("synchronization", "synchronization_policies", SynchronizationPolicySchema),
        *(Edited(kind.field.removesuffix("_policy"), kind.listed, kind.schema) for kind in KINDS),
    ],
)
