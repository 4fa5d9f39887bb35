"""BYOL. Grill et al. 2020, section 3.1. https://arxiv.org/abs/2006.07733"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .heads import follow, follower, mlp
from .method import Setting


class BYOL(nn.Module):
    views = 2

    def __init__(self, setting: Setting):
        super().__init__()
        self.config, self.steps = setting.config, setting.epochs * setting.per_epoch
        hidden, outputs = self.config["projector"]["hidden"], self.config["projector"]["outputs"]
        self.encoder = setting.encoder()
        self.projector = mlp(self.encoder.dimension, hidden, outputs, setting.group, bias=False)
        self.predictor = mlp(outputs, hidden, outputs, setting.group, bias=False)
        self.target = follower(nn.Sequential(self.encoder, self.projector))

    def loss(self, views: list[Tensor], index: Tensor) -> Tensor:
        def towards(x: Tensor, other: Tensor) -> Tensor:
            q = F.normalize(self.predictor(self.projector(self.encoder(x))))
            with torch.no_grad():
                z = F.normalize(self.target(other))
            return (2 - 2 * (q * z).sum(1)).mean()

        return towards(views[0], views[1]) + towards(views[1], views[0])

    def after(self, step: int) -> None:
        base = self.config["momentum"]
        # section 3.1: from the base to 1 along half a cosine
        momentum = 1 - (1 - base) * (math.cos(math.pi * step / self.steps) + 1) / 2
        follow(self.target[0], self.encoder, momentum)
        follow(self.target[1], self.projector, momentum)
