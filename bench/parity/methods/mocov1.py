"""MoCo v1: one linear layer projects. He et al. 2020. https://arxiv.org/abs/1911.05722"""

from torch import nn

from .method import Setting
from .moco import MoCo


class MoCoV1(MoCo):
    def __init__(self, setting: Setting):
        super().__init__(setting, lambda D, config: nn.Linear(D, config["projector"]["outputs"]))
