"""Rotation prediction. Gidaris et al. 2018, section 2. https://arxiv.org/abs/1803.07728"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .method import Setting


class Rotation(nn.Module):
    views = 1

    def __init__(self, setting: Setting):
        super().__init__()
        self.encoder = setting.encoder(4)
        self.head = nn.Linear(self.encoder.dimension, 4)

    def loss(self, views: list[Tensor], index: Tensor) -> Tensor:
        [x] = views
        turns = torch.stack([x.rot90(t, (2, 3)) for t in range(4)], 1).flatten(0, 1)  # an image's four in a row
        turns = turns.contiguous(memory_format=torch.channels_last)
        return F.cross_entropy(self.head(self.encoder(turns)), torch.arange(len(turns)) % 4)
