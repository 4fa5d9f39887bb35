"""Instance discrimination by a memory bank. Wu et al. 2018, section 3. https://arxiv.org/abs/1805.01978"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .method import Setting


class NPID(nn.Module):
    views = 1

    def __init__(self, setting: Setting):
        super().__init__()
        self.config = config = setting.config
        self.encoder = setting.encoder()
        self.projector = nn.Linear(self.encoder.dimension, config["outputs"])
        self.register_buffer("bank", F.normalize(torch.randn(setting.images, config["outputs"])))
        self.log_z: Tensor | None = None

    def negatives(self, index: Tensor) -> Tensor:
        """Images that each is told from, [N, K]: independent, with replacement, never itself where that is asked for."""
        count, samples = self.config["negatives"], len(self.bank)
        if not self.config["ensureNeg"]:
            return torch.randint(samples, (len(index), count))
        return (index.view(-1, 1) + torch.randint(1, samples, (len(index), count))) % samples

    def loss(self, views: list[Tensor], index: Tensor) -> Tensor:
        v = F.normalize(self.projector(self.encoder(views[0])))  # [N, D]
        self.seen = index, v.detach()
        own = (v * self.bank[index]).sum(1, keepdim=True) / self.config["temperature"]
        others = torch.bmm(self.bank[self.negatives(index)], v.unsqueeze(2)).squeeze(2) / self.config["temperature"]
        if self.config["loss"] == "softmax":  # as OpenSelfSup has it, in place of the paper's
            return F.cross_entropy(torch.cat([own, others], 1), torch.zeros(len(v), dtype=torch.long))
        return self.nce(own, others)

    def nce(self, own: Tensor, others: Tensor) -> Tensor:
        """Equations 6 to 8; Z is that of the first batch."""
        n, m = len(self.bank), others.shape[1]
        if self.log_z is None:
            self.log_z = others.detach().logsumexp((0, 1)) + math.log(n / others.numel())
        noise = math.log(m / n)  # of m draws, each 1 / n
        h = torch.sigmoid(own - self.log_z - noise)
        rest = torch.sigmoid(others - self.log_z - noise)
        return -(h.log().mean() + (1 - rest).clamp_min(1e-30).log().sum(1).mean())

    def after(self, step: int) -> None:
        index, v = self.seen
        self.bank[index] = F.normalize(self.bank[index].lerp(v, 1 - self.config["momentum"]))
