"""Relative location. Doersch et al. 2015, section 3 (https://arxiv.org/abs/1505.05192), with OpenSelfSup's neck.

The view is 3 x 3 patches side by side. Pairs are the centre's features, then a neighbour's, in raster order.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from encoder import BatchNorm

from .method import Setting


class RelativeLocation(nn.Module):
    views = 1

    def __init__(self, setting: Setting):
        super().__init__()
        self.encoder = setting.encoder(9)
        inputs = 2 * self.encoder.dimension
        hidden = setting.config.get("hidden", inputs)
        norm = BatchNorm(hidden, 8 * setting.group)
        self.neck = nn.Sequential(nn.Linear(inputs, hidden, False), norm, nn.ReLU())
        self.head = nn.Sequential(nn.Dropout(setting.config["dropout"]), nn.Linear(hidden, 8))

    def loss(self, views: list[Tensor], index: Tensor) -> Tensor:
        [x] = views
        size = x.shape[2] // 3
        patches = x.unfold(2, size, size).unfold(3, size, size)  # [N, 3, 3, 3, S, S], colours second
        patches = patches.permute(0, 2, 3, 1, 4, 5).reshape(-1, 3, size, size)
        h = self.encoder(patches.contiguous(memory_format=torch.channels_last)).view(len(x), 9, -1)
        centre = h[:, 4:5].expand(-1, 8, -1)
        neighbours = torch.cat([h[:, :4], h[:, 5:]], 1)
        pairs = torch.cat([centre, neighbours], 2).flatten(0, 1)  # [8N, 2D]
        return F.cross_entropy(self.head(self.neck(pairs)), torch.arange(8).repeat(len(x)))
