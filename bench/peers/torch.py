"""What the bench measures, in PyTorch on the CPU.

    python3 bench/peers/torch.py <threads> <width> <batch>

Reads lines `<case> <repeats>`, answers each with the milliseconds of all its runs. The first line it writes says which cases
there are, and what computes them.
"""

import json
import os
import sys
import time

sys.path.pop(0)  # this folder, where this very file is called torch
threads, width, batch = map(int, sys.argv[1:])
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(threads)

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1)
torch.set_num_threads(threads)
LAST = torch.channels_last  # as fast as the default layout or faster on every row


def kernels():
    a, b = torch.rand(1024, 1024), torch.rand(1024, 1024)
    x, dy = (torch.rand(32, 64, 32, 32).to(memory_format=LAST) for _ in range(2))
    w = torch.rand(64, 64, 3, 3).to(memory_format=LAST)

    def backward(*mask):
        return torch.ops.aten.convolution_backward(
            dy, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, mask
        )

    return {
        "matmul1024": lambda: a @ b,
        "matmul1024-NT": lambda: a @ b.T,
        "matmul1024-TN": lambda: a.T @ b,
        "conv3x3c64-forward": lambda: F.conv2d(x, w, padding=1),
        "conv3x3c64-inputGrad": lambda: backward(True, False, False),
        "conv3x3c64-weightGrad": lambda: backward(False, True, False),
    }


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.short = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.short = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return F.relu(self.bn2(self.conv2(y)) + self.short(x), inplace=True)


def resnet18(width, large=False):
    """torchvision's is fixed at 64 channels and at the large stem; the other is CIFAR's."""
    stem = nn.Conv2d(3, width, 7, 2, 3, bias=False) if large else nn.Conv2d(3, width, 3, 1, 1, bias=False)
    layers = [stem, nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
    if large:
        layers.append(nn.MaxPool2d(3, 2, 1))
    inputs = width
    for multiple in (1, 2, 4, 8):
        outputs = width * multiple
        layers += [Block(inputs, outputs, 1 if multiple == 1 else 2), Block(outputs, outputs, 1)]
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def shifted(x, hue):
    """Hue of RGB images turned by `hue`, in turns, through HSV."""
    r, g, b = x.unbind(1)
    v, argmax = x.max(1)
    c = v - x.min(1).values
    d = c.clamp_min(1e-8)
    h = torch.where(argmax == 0, (g - b) / d, torch.where(argmax == 1, (b - r) / d + 2, (r - g) / d + 4))
    h = h / 6 + hue.view(-1, 1, 1)
    k = (torch.tensor([5.0, 3.0, 1.0]).view(1, 3, 1, 1) + h.unsqueeze(1) * 6) % 6
    return v.unsqueeze(1) - c.unsqueeze(1) * torch.minimum(k, 4 - k).clamp(0, 1)


def augmented(pixels, index):
    """Random resized crop, flip, jitter (brightness, contrast, saturation, hue), grayscale, normalised: whole batches."""
    x = pixels[index].float() / 255
    n = len(x)
    side = (torch.rand(n) * 0.92 + 0.08).sqrt()
    flip = torch.where(torch.rand(n) < 0.5, -1.0, 1.0)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = side * flip, side
    theta[:, :, 2] = (torch.rand(n, 2) * 2 - 1) * (1 - side).unsqueeze(1)
    x = F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners=False), align_corners=False)
    luma = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    on = (torch.rand(n, 1, 1, 1) < 0.8).float()

    def factor():
        return 1 + on * (torch.rand(n, 1, 1, 1) * 0.8 - 0.4)

    x = (x * factor()).clamp(0, 1)
    mean = (x * luma).sum(1, keepdim=True).mean((2, 3), keepdim=True)
    x = torch.lerp(mean.expand_as(x), x, factor()).clamp(0, 1)
    x = torch.lerp((x * luma).sum(1, keepdim=True).expand_as(x), x, factor()).clamp(0, 1)
    x = shifted(x, on.flatten() * (torch.rand(n) * 0.2 - 0.1))
    gray = (torch.rand(n, 1, 1, 1) < 0.2).float()
    x = torch.lerp(x, (x * luma).sum(1, keepdim=True).expand_as(x), gray)
    mean, std = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).view(2, 1, 3, 1, 1)
    return ((x - mean) / std).to(memory_format=LAST)


def simclr():
    D = 8 * width
    head = [nn.Linear(D, D, False), nn.BatchNorm1d(D), nn.ReLU(), nn.Linear(D, 128, False), nn.BatchNorm1d(128)]
    net = nn.Sequential(resnet18(width), *head).to(memory_format=LAST)
    optimizer = torch.optim.SGD(net.parameters(), 0.06, momentum=0.9, weight_decay=5e-4)
    pixels = torch.randint(0, 256, (10000, 3, 32, 32), dtype=torch.uint8)
    partner = (torch.arange(2 * batch) + batch) % (2 * batch)
    itself = torch.eye(2 * batch) * -1e9

    def step():
        index = torch.randint(0, len(pixels), (batch,))
        z = F.normalize(net(torch.cat([augmented(pixels, index), augmented(pixels, index)])))
        loss = F.cross_entropy(z @ z.T / 0.5 + itself, partner)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return step


def train32():
    """Supervised, SGD with momentum: forward, backward, update."""
    net = nn.Sequential(resnet18(64), nn.Linear(512, 10)).to(memory_format=LAST)
    optimizer = torch.optim.SGD(net.parameters(), 0.01, momentum=0.9, weight_decay=5e-4)
    x = torch.rand(32, 3, 32, 32).to(memory_format=LAST)
    labels = torch.arange(32) % 10

    def step():
        loss = F.cross_entropy(net(x), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return step


def infer(batch, side, large):
    net = resnet18(64, large).eval().to(memory_format=LAST)
    x = torch.rand(batch, 3, side, side).to(memory_format=LAST)

    @torch.inference_mode()
    def features():
        net(x)

    return features


def nt_xent(rows):
    """As its definition reads: all similarities, cross entropy with each row's partner, differentiated."""
    z = F.normalize(torch.rand(rows, 128) * 2 - 1).requires_grad_()
    partner = (torch.arange(rows) + rows // 2) % rows

    def both():
        z.grad = None
        logits = (z @ z.T / 0.5).fill_diagonal_(-1e9)
        F.cross_entropy(logits, partner).backward()

    return both


LAZY = {
    "step": simclr,
    "resnet18cifar-train32": train32,
    "resnet18-infer1": lambda: infer(1, 224, True),
    "resnet18cifar-infer32": lambda: infer(32, 32, False),
    "ntxent8192": lambda: nt_xent(8192),
}


def blas():
    """The library that multiplies matrices: a reference BLAS is no peer."""
    with open("/proc/self/maps") as maps:
        return sorted({os.path.realpath(line.split()[-1]) for line in maps if "blas" in line})


def main():
    makers = kernels()
    about = f"{torch.__version__}, {torch.get_num_threads()} threads, {', '.join(blas()) or 'built-in BLAS'}"
    print(json.dumps({"cases": [*makers, *LAZY], "about": about}), flush=True)
    for line in sys.stdin:
        name, repeats = line.split()
        if name not in makers:
            makers[name] = LAZY[name]()
        run = makers[name]
        start = time.perf_counter()
        for _ in range(int(repeats)):
            run()
        print((time.perf_counter() - start) * 1000, flush=True)


main()
