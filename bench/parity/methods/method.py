"""What a method is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from encoder import Encoder


@dataclass
class Setting:
    """What a method is built by: its own settings, an encoder's maker, and how batches are normalised."""

    config: dict
    encoder: "MakeEncoder"
    group: int
    images: int
    epochs: int
    per_epoch: int
    seed: int
    #: The encoder's features [N, D] of the images that are trained on, without augmentation.
    features: Callable[[], Tensor]


class MakeEncoder(Protocol):
    def __call__(self, rows: int = 1) -> Encoder:
        """An encoder that is shown so many pictures of each image: normalisation groups are of images."""


class Method(Protocol):
    """An nn.Module besides. Hooks that a method lacks need not be there."""

    views: int
    encoder: Encoder

    def loss(self, views: list[Tensor], index: Tensor) -> Tensor:
        """The mean loss of views [N, 3, H, W] of the images at index [N]."""

    def after(self, step: int) -> None:
        """Follows the update of the step-th step."""

    def before_epoch(self, epoch: int) -> None:
        """Before an epoch's first step."""

    def order(self, epoch: int) -> Tensor:
        """Which images an epoch shows, [images]; each once, shuffled, where there is no such hook."""



