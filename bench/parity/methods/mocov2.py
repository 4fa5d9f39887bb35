"""MoCo v2: two linear layers project, without normalisation. Chen et al. 2020. https://arxiv.org/abs/2003.04297"""

from torch import nn

from .method import Setting
from .moco import MoCo


def projector(D: int, config: dict) -> nn.Module:
    hidden, outputs = config["projector"].get("hidden", D), config["projector"]["outputs"]
    return nn.Sequential(nn.Linear(D, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


class MoCoV2(MoCo):
    def __init__(self, setting: Setting):
        super().__init__(setting, projector)
