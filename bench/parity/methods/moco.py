"""Momentum contrast. He et al. 2020, algorithm 1. https://arxiv.org/abs/1911.05722"""

from typing import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .heads import follow, follower
from .method import Setting


class MoCo(nn.Module):
    views = 2

    def __init__(self, setting: Setting, projector: Callable[[int, dict], nn.Module]):
        super().__init__()
        config = setting.config
        self.temperature, self.momentum = config["temperature"], config["momentum"]
        self.symmetric = config.get("symmetric", False)
        self.encoder = setting.encoder()
        self.projector = projector(self.encoder.dimension, config)
        self.target = follower(nn.Sequential(self.encoder, self.projector))
        outputs = self.projector(torch.zeros(1, self.encoder.dimension)).shape[1]
        self.register_buffer("queue", F.normalize(torch.randn(config["queue"], outputs)))
        self.position = 0

    def query(self, x: Tensor) -> Tensor:
        return F.normalize(self.projector(self.encoder(x)))

    @torch.no_grad()
    def key(self, x: Tensor) -> Tensor:
        """Keys of a permuted batch, put back in order: the paper's ShuffleBN, section 3.3."""
        order = torch.randperm(len(x))
        return F.normalize(self.target(x[order]))[order.argsort()]

    def contrast(self, q: Tensor, k: Tensor) -> Tensor:
        logits = torch.cat([(q * k).sum(1, keepdim=True), q @ self.queue.T], 1) / self.temperature
        return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))

    def loss(self, views: list[Tensor], index: Tensor) -> Tensor:
        x1, x2 = views
        self.keys = self.key(x2)
        loss = self.contrast(self.query(x1), self.keys)
        if self.symmetric:
            k1 = self.key(x1)
            loss = (loss + self.contrast(self.query(x2), k1)) / 2
            self.keys = torch.cat([self.keys, k1])
        return loss

    def after(self, step: int) -> None:
        follow(self.target[0], self.encoder, self.momentum)
        follow(self.target[1], self.projector, self.momentum)
        places = (torch.arange(len(self.keys)) + self.position) % len(self.queue)
        self.queue[places] = self.keys
        self.position = (self.position + len(self.keys)) % len(self.queue)
