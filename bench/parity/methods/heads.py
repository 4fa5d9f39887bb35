"""Projectors, and networks that follow slowly."""

from __future__ import annotations

import copy

import torch
from torch import nn

from encoder import BatchNorm


def mlp(inputs: int, hidden: int, outputs: int, group: int, bias: bool = True, last_norm: bool = False) -> nn.Sequential:
    """Linear, batch normalisation, ReLU, linear, and batch normalisation once more where asked for."""
    layers = [nn.Linear(inputs, hidden, bias), BatchNorm(hidden, group), nn.ReLU(), nn.Linear(hidden, outputs, bias)]
    return nn.Sequential(*layers, *([BatchNorm(outputs, group)] if last_norm else []))


def follower(net: nn.Module) -> nn.Module:
    """A copy that no gradient reaches; it normalises by its own batches."""
    copied = copy.deepcopy(net)
    for parameter in copied.parameters():
        parameter.requires_grad_(False)
    return copied


@torch.no_grad()
def follow(target: nn.Module, online: nn.Module, momentum: float) -> None:
    """target <- momentum target + (1 - momentum) online: parameters only."""
    for kept, seen in zip(target.parameters(), online.parameters()):
        kept.lerp_(seen, 1 - momentum)
