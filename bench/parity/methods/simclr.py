"""SimCLR. Chen et al. 2020, algorithm 1. https://arxiv.org/abs/2002.05709"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .heads import mlp
from .method import Setting


class SimCLR(nn.Module):
    views = 2

    def __init__(self, setting: Setting):
        super().__init__()
        self.temperature = setting.config["temperature"]
        self.encoder = setting.encoder(2)
        D, head = self.encoder.dimension, setting.config["projector"]
        self.projector = mlp(D, head.get("hidden", D), head["outputs"], 2 * setting.group, bias=False, last_norm=True)

    def loss(self, views: list[Tensor], index: Tensor) -> Tensor:
        N = len(index)
        paired = torch.stack(views, 1).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        z = F.normalize(self.projector(self.encoder(paired)))  # [2N, D], an image's two in a row
        z = torch.cat([z[0::2], z[1::2]])
        similarity = z @ z.T / self.temperature
        similarity = similarity.masked_fill(torch.eye(2 * N, dtype=torch.bool), -torch.inf)
        partner = (torch.arange(2 * N) + N) % (2 * N)
        return F.cross_entropy(similarity, partner)
