"""Residual networks of any width without their classifier, whose batch normalisation may go by groups of samples.

He et al. 2016, table 1 (https://arxiv.org/abs/1512.03385), initialised as torchvision's.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

BLOCKS = {"resnet18": [2, 2, 2, 2], "resnet34": [3, 4, 6, 3]}


class BatchNorm(nn.Module):
    """Batch normalisation of [N, C] or [N, C, H, W] whose statistics are those of each `group` samples in a row.

    0 groups the whole batch. Running statistics take in the groups' mean of means and of unbiased variances.
    """

    def __init__(self, channels: int, group: int = 0, affine: bool = True, momentum: float = 0.1):
        super().__init__()
        self.group, self.momentum = group, momentum
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return F.batch_norm(x, self.mean, self.var, self.weight, self.bias)
        group = self.group or len(x)
        if len(x) % group:
            raise ValueError(f"norm: groups of {group} samples do not divide a batch of {len(x)}")
        parts, means, variances = [], [], []
        for part in x.split(group):
            mean, var = torch.zeros_like(self.mean), torch.zeros_like(self.var)
            parts.append(F.batch_norm(part, mean, var, self.weight, self.bias, True, 1.0))
            means.append(mean)
            variances.append(var)
        with torch.no_grad():
            self.mean.lerp_(torch.stack(means).mean(0), self.momentum)
            self.var.lerp_(torch.stack(variances).mean(0), self.momentum)
        return parts[0] if len(parts) == 1 else torch.cat(parts)


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1, padding: int = 0) -> nn.Conv2d:
    layer = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return layer


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut; figure 2 of the paper."""

    def __init__(self, inputs: int, outputs: int, stride: int, group: int):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, 3, stride, 1), BatchNorm(outputs, group)
        self.conv2, self.bn2 = conv(outputs, outputs, 3, 1, 1), BatchNorm(outputs, group)
        changes = stride != 1 or inputs != outputs
        self.downsample = (
            nn.Sequential(conv(inputs, outputs, 1, stride), BatchNorm(outputs, group)) if changes else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return F.relu(self.bn2(self.conv2(y)) + self.downsample(x), inplace=True)


class Encoder(nn.Module):
    """Images [N, 3, H, W] -> features [N, 8 width]; `layers` gives what lies between too."""

    def __init__(
        self, name: str, width: int, stem: str, group: int = 0, sobel: bool = False, zero_init_residual: bool = False
    ):
        super().__init__()
        if name not in BLOCKS:
            raise ValueError(f"encoder: {name} is not implemented here; there is {', '.join(BLOCKS)}")
        self.stem, self.sobel, self.dimension = stem, sobel, 8 * width
        colors = 2 if sobel else 3
        self.conv1 = conv(colors, width, 3, 1, 1) if stem == "cifar" else conv(colors, width, 7, 2, 3)
        self.bn1 = BatchNorm(width, group)
        channels = width
        for i, count in enumerate(BLOCKS[name]):
            blocks = []
            for j in range(count):
                blocks.append(Block(channels, width * 2**i, 2 if i > 0 and j == 0 else 1, group))
                channels = width * 2**i
            setattr(self, f"layer{i + 1}", nn.Sequential(*blocks))
        if zero_init_residual:
            for module in self.modules():
                if isinstance(module, Block):
                    nn.init.zeros_(module.bn2.weight)

    def layers(self, x: Tensor) -> dict[str, Tensor]:
        """Every layer [N, C, H, W] by name, first to last, and `output` [N, 8 width]."""
        if self.sobel:
            x = edges(x)
        found = {"conv1": F.relu(self.bn1(self.conv1(x)))}
        h = F.max_pool2d(found["conv1"], 3, 2, 1) if self.stem == "imagenet" else found["conv1"]
        for name in ("layer1", "layer2", "layer3", "layer4"):
            h = found[name] = getattr(self, name)(h)
        found["output"] = h.mean((2, 3))
        return found

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)["output"]


def edges(x: Tensor) -> Tensor:
    """Sobel's filters on the mean of normalised colours, [N, 3, H, W] -> [N, 2, H, W]. Caron et al. 2018, section 4."""
    across = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
    return F.conv2d(x.mean(1, keepdim=True), torch.stack([across, across.T]).unsqueeze(1), padding=1)
