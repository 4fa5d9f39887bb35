"""Update rules and schedules as a run's config has them."""

from __future__ import annotations

import math
import re
from typing import Callable, Iterable

import torch
from torch import nn


class LARS(torch.optim.Optimizer):
    """Layer-wise adaptive rate scaling. You et al. 2017, algorithm 1. https://arxiv.org/abs/1708.03888

    v <- momentum v + rate trust |w| / (|g| + decay |w|) (g + decay w);  w <- w - v;  the trust is 1 for what is excluded
    and where either norm is 0.
    """

    def __init__(self, groups: list[dict], trust: float):
        super().__init__(groups, {"trust": trust})

    @torch.no_grad()
    def step(self, closure=None) -> None:
        for group in self.param_groups:
            for w in group["params"]:
                if w.grad is None:
                    continue
                norm, slope = w.norm(), w.grad.norm()
                scales = not group["exclude"] and norm > 0 and slope > 0
                local = group["trust"] * norm / (slope + group["weight_decay"] * norm) if scales else 1.0
                v = self.state[w].setdefault("velocity", torch.zeros_like(w))
                v.mul_(group["momentum"]).add_(group["lr"] * local * (w.grad + group["weight_decay"] * w))
                w.sub_(v)


def groups_of(named: Iterable[tuple[str, nn.Parameter]], config: dict) -> list[dict]:
    """A group a parameter: the optimizer's numbers, changed by every rule that selects it, later rules last.

    Raises ValueError for a rule that selects nothing.
    """
    rules = config.get("parameters") or []
    used = [False] * len(rules)
    groups = []
    for name, parameter in named:
        if not parameter.requires_grad:
            continue
        group = {"params": [parameter], "mult": 1.0, "momentum": config.get("momentum", 0.0), "exclude": False}
        group["weight_decay"] = config["decay"]
        for i, rule in enumerate(rules):
            if "match" in rule and not re.search(rule["match"], name):
                continue
            if "rank" in rule and parameter.dim() != rule["rank"]:
                continue
            used[i] = True
            if "rate" in rule:
                group["mult"] = rule["rate"] / config["rate"]
            group["mult"] = rule.get("rateMult", group["mult"])
            group["momentum"] = rule.get("momentum", group["momentum"])
            if "decayMult" in rule:
                group["weight_decay"] = rule["decayMult"] * config["decay"]
            group["weight_decay"] = rule.get("decay", group["weight_decay"])
            group["exclude"] = rule.get("exclude", group["exclude"])
        groups.append(group)
    for rule, selects in zip(rules, used):
        if not selects:
            raise ValueError(f"optimizer: {rule} selects no parameter")
    return groups


def optimizer_of(named: Iterable[tuple[str, nn.Parameter]], config: dict) -> torch.optim.Optimizer:
    """The optimizer of an `optimizer` record; its rate is set at each step by `set_rate`."""
    groups = groups_of(named, config)
    for group in groups:
        group["lr"] = 0.0
    if config["name"] == "sgd":
        # PyTorch refuses Nesterov's momentum of 0, which is none
        for group in groups:
            group["nesterov"] = bool(config.get("nesterov")) and group["momentum"] > 0
        return torch.optim.SGD(groups, lr=0.1)
    if config["name"] == "lars":
        return LARS(groups, config["trust"])
    if config["name"] == "adamw":
        betas = (config["beta1"], config["beta2"])
        return torch.optim.AdamW([{**group, "betas": betas, "eps": config["eps"]} for group in groups])
    raise ValueError(f"optimizer: {config['name']} is not implemented here")


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate * group["mult"]


def rates_of(config: dict, per_epoch: int, epochs: int) -> Callable[[int], float]:
    """The rate of each step: linear in the batch, times the schedule, which goes by the step."""
    base = config["optimizer"]["rate"] * config["batchSize"] / config["optimizer"]["per"]
    schedule = config["schedule"]
    if schedule == "cosine":
        schedule = {"name": "cosine"}
    warmup = schedule.get("warmup") or {}
    rising = warmup.get("steps", round(warmup.get("epochs", 0) * per_epoch))
    start, steps = warmup.get("start", 0.0), per_epoch * epochs

    def share(step: int) -> float:
        if step < rising:
            return start + (1 - start) * step / rising
        if schedule["name"] == "step":
            return schedule["gamma"] ** sum(step >= round(each * per_epoch) for each in schedule["milestones"])
        final = schedule.get("final", 0.0)
        return final + (1 - final) * (1 + math.cos(math.pi * (step - rising) / (steps - rising))) / 2

    return lambda step: base * share(step)
