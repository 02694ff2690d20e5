"""The policy document: its elements, and how one is read."""

from __future__ import annotations

from router.policy.activation import Activation, Group, Overload
from router.policy.approvals import APPROVALS_MAX, Approvals
from router.policy.bounds import Bounds
from router.policy.buckets import Bucket
from router.policy.callbacks import Callback
from router.policy.classification import DirectMap, Effect, Rule, Share, Target
from router.policy.defaults import default_policy
from router.policy.document import (
    Activity,
    Channel,
    History,
    Order,
    Policy,
    Queue,
    Skill,
    StrategyName,
    Urgency,
    Weights,
    WrapUpMode,
)
from router.policy.intake import IntakeQuotas, Quota
from router.policy.labels import WorkLabel
from router.policy.objectives import AT_LEAST, SHARES, Objective
from router.policy.ordering import OrderBy
from router.policy.overflow import DAYS, Hours, Overflow, Rescue, When
from router.policy.parsing import parse_policy
from router.policy.personal import PersonalData
from router.policy.profiles import Pool, RoutingProfile, Served
from router.policy.workflows import SkipIf, Step, Workflow

__all__ = (
    "APPROVALS_MAX",
    "AT_LEAST",
    "DAYS",
    "SHARES",
    "Activation",
    "Activity",
    "Approvals",
    "Bounds",
    "Bucket",
    "Callback",
    "Channel",
    "DirectMap",
    "Effect",
    "Group",
    "History",
    "Hours",
    "IntakeQuotas",
    "Objective",
    "Order",
    "OrderBy",
    "Overflow",
    "Overload",
    "PersonalData",
    "Policy",
    "Pool",
    "Queue",
    "Quota",
    "Rescue",
    "RoutingProfile",
    "Rule",
    "Served",
    "Share",
    "Skill",
    "SkipIf",
    "Step",
    "StrategyName",
    "Target",
    "Urgency",
    "Weights",
    "When",
    "WorkLabel",
    "Workflow",
    "WrapUpMode",
    "default_policy",
    "parse_policy",
)
