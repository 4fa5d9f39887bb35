"""Views of whole batches: the distributions of torchvision's transforms, with a draw of its own for every image.

Images are f32 [N, 3, H, W] in 0 .. 1 until they are normalised.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

LUMA = torch.tensor([0.2989, 0.587, 0.114]).view(1, 3, 1, 1)


def uniform(n: int, low: float, high: float) -> Tensor:
    return low + (high - low) * torch.rand(n)


def boxes(n: int, height: int, width: int, scale: list[float], ratio: list[float]) -> tuple[Tensor, ...]:
    """Top, left, height, width [n] of RandomResizedCrop: the first of ten attempts that fits, else the centre."""
    area = height * width * uniform(10 * n, *scale).view(n, 10)
    aspect = uniform(10 * n, math.log(ratio[0]), math.log(ratio[1])).view(n, 10).exp()
    w, h = (area * aspect).sqrt().round(), (area / aspect).sqrt().round()
    fits = (w >= 1) & (w <= width) & (h >= 1) & (h <= height)
    first = fits.int().argmax(1, keepdim=True)
    w, h = w.gather(1, first).flatten(), h.gather(1, first).flatten()
    none = ~fits.any(1)
    w[none] = float(min(width, round(height * ratio[1])))
    h[none] = float(min(height, round(width / ratio[0])))
    top = (torch.rand(n) * (height - h + 1)).floor()
    left = (torch.rand(n) * (width - w + 1)).floor()
    top[none], left[none] = ((height - h[none]) / 2).floor(), ((width - w[none]) / 2).floor()
    return top, left, h, w


def taps(start: Tensor, extent: Tensor, source: int, out: int) -> Tensor:
    """What each source pixel counts in each of `out` pixels of a box, [n, out, source]: bilinear with antialiasing."""
    scale = (extent / out).view(-1, 1, 1)
    j = torch.arange(source).view(1, 1, -1) + 0.5
    centre = start.view(-1, 1, 1) + (torch.arange(out).view(1, -1, 1) + 0.5) * scale
    weight = (1 - (j - centre).abs() / scale.clamp_min(1)).clamp_min(0)
    inside = (j > start.view(-1, 1, 1)) & (j < (start + extent).view(-1, 1, 1))
    weight = weight * inside
    return weight / weight.sum(2, keepdim=True)


def resized(x: Tensor, box: tuple[Tensor, ...], height: int, width: int) -> Tensor:
    """Boxes of images [N, 3, H, W] -> [N, 3, height, width]."""
    top, left, h, w = box
    down, across = taps(top, h, x.shape[2], height), taps(left, w, x.shape[3], width)
    return down.unsqueeze(1) @ x @ across.transpose(1, 2).unsqueeze(1)


def luma(x: Tensor) -> Tensor:
    return (x * LUMA).sum(1, keepdim=True)


def turned(x: Tensor, hue: Tensor) -> Tensor:
    """Hue turned by so many turns [N], through hue, saturation and value."""
    r, g, b = x.unbind(1)
    v, largest = x.max(1)
    chroma = v - x.min(1).values
    d = chroma.clamp_min(1e-8)
    h = torch.where(largest == 0, (g - b) / d, torch.where(largest == 1, (b - r) / d + 2, (r - g) / d + 4))
    k = (torch.tensor([5.0, 3.0, 1.0]).view(1, 3, 1, 1) + h.unsqueeze(1) + 6 * hue.view(-1, 1, 1, 1)) % 6
    return v.unsqueeze(1) - chroma.unsqueeze(1) * torch.minimum(k, 4 - k).clamp(0, 1)


def jittered(x: Tensor, p: float, strengths: dict[str, float]) -> Tensor:
    """RandomApply([ColorJitter(...)], p), its four parts in an order drawn for every image."""
    n = len(x)
    applies = torch.rand(n) < p
    order = torch.rand(n, 4).argsort(1)

    def factor(name: str) -> Tensor:
        s = strengths.get(name, 0)
        return uniform(n, max(0.0, 1 - s), 1 + s).view(-1, 1, 1, 1)

    brightness, contrast, saturation = factor("brightness"), factor("contrast"), factor("saturation")
    hue = uniform(n, -strengths.get("hue", 0), strengths.get("hue", 0))
    for step in range(4):
        for part in range(4):
            rows = (applies & (order[:, step] == part)).nonzero().flatten()
            if not len(rows):
                continue
            y = x[rows]
            if part == 0:
                y = (y * brightness[rows]).clamp(0, 1)
            elif part == 1:
                y = luma(y).mean((2, 3), keepdim=True).lerp(y, contrast[rows]).clamp(0, 1)
            elif part == 2:
                y = luma(y).lerp(y, saturation[rows]).clamp(0, 1)
            else:
                y = turned(y, hue[rows])
            x = x.index_copy(0, rows, y)
    return x


def blurred(x: Tensor, p: float, sigma: list[float], kernel: int | None) -> Tensor:
    """Gaussian blur of a standard deviation drawn for every image, in pixels; borders are mirrored."""
    rows = (torch.rand(len(x)) < p).nonzero().flatten()
    if not len(rows):
        return x
    size = kernel or max(3, 2 * (x.shape[2] // 20) + 1)  # a tenth of the view: Chen et al. 2020, appendix A
    r = size // 2
    k = torch.arange(-r, r + 1).view(1, -1)
    g = (-(k**2) / (2 * uniform(len(rows), *sigma).view(-1, 1) ** 2)).exp()
    g = (g / g.sum(1, keepdim=True)).repeat_interleave(3, 0)
    y = F.pad(x[rows], (r, r, r, r), mode="reflect").reshape(1, 3 * len(rows), x.shape[2] + 2 * r, -1)
    y = F.conv2d(y, g.view(-1, 1, size, 1), groups=len(g))
    y = F.conv2d(y, g.view(-1, 1, 1, size), groups=len(g))
    return x.index_copy(0, rows, y.view(len(rows), 3, *x.shape[2:]))


def rotated(x: Tensor, p: float, degrees: float) -> Tensor:
    """Turned about the centre by up to so many degrees to either side, black outside."""
    angle = torch.where(torch.rand(len(x)) < p, uniform(len(x), -degrees, degrees), torch.zeros(len(x)))
    c, s = (angle * math.pi / 180).cos(), (angle * math.pi / 180).sin()
    zero, wide = torch.zeros(len(x)), x.shape[3] / x.shape[2]  # the grid's axes are from -1 to 1 each
    theta = torch.stack([torch.stack([c, -s / wide, zero], 1), torch.stack([s * wide, c, zero], 1)], 1)
    return F.grid_sample(x, F.affine_grid(theta, list(x.shape), align_corners=False), align_corners=False)


def cropped(x: Tensor, size: int | None, padding: int) -> Tensor:
    """RandomCrop(size, padding): a part in its own resolution, black around the image."""
    height, width = size or x.shape[2], size or x.shape[3]
    x = F.pad(x, (padding,) * 4)
    top = (torch.rand(len(x)) * (x.shape[2] - height + 1)).long()
    left = (torch.rand(len(x)) * (x.shape[3] - width + 1)).long()
    i = (top.view(-1, 1) + torch.arange(height)).view(-1, height, 1)
    j = (left.view(-1, 1) + torch.arange(width)).view(-1, 1, width)
    n = torch.arange(len(x)).view(-1, 1, 1)
    return x.permute(0, 2, 3, 1)[n, i, j].permute(0, 3, 1, 2)


def patched(x: Tensor, size: int) -> Tensor:
    """A patch of each cell of a 3 x 3 grid, at a random place in it, all nine side by side."""
    H, W = x.shape[2:]
    h, w = H // 3, W // 3

    def patch(i: int, j: int) -> Tensor:
        return cropped(x[..., i * h : (i + 1) * h, j * w : (j + 1) * w], size, 0)

    return torch.cat([torch.cat([patch(i, j) for j in range(3)], 3) for i in range(3)], 2)


def chosen(x: Tensor, p: float, y: Tensor) -> Tensor:
    return torch.where((torch.rand(len(x)) < p).view(-1, 1, 1, 1), y, x)


def step(x: Tensor, name: str, given: dict) -> Tensor:
    """One step of a view, as a config names it."""
    given = dict(given)
    if name == "colorJitter":
        return jittered(x, given.pop("p", 1), given)
    if name == "grayscale":
        return chosen(x, given["p"], luma(x).expand_as(x))
    if name == "gaussianBlur":
        return blurred(x, given["p"], given["sigma"], given.get("kernel"))
    if name == "solarize":
        return chosen(x, given["p"], torch.where(x >= given.get("threshold", 128 / 255), 1 - x, x))
    if name == "rotate":
        return rotated(x, given.get("p", 1), given["degrees"])
    if name == "randomCrop":
        return cropped(x, given.get("size"), given.get("padding", 0))
    if name == "patches":
        return patched(x, given["size"])
    raise ValueError(f"views: the step {name} is not implemented here")


def view(pixels: Tensor, config: dict) -> Tensor:
    """One view of each image u8 [N, 3, H, W]."""
    x = pixels.float() / 255
    n, _, H, W = x.shape
    height, width = config.get("size") or H, config.get("size") or W
    if crop := config.get("crop"):
        x = resized(x, boxes(n, H, W, crop["scale"], crop["ratio"]), height, width)
    elif (height, width) != (H, W):
        x = resized(x, whole(n, H, W), height, width)
    if flip := config.get("flip"):
        x = chosen(x, flip, x.flip(3))
    for each in config.get("steps", []):
        [(name, given)] = each.items()
        x = step(x, name, given)
    return x


def whole(n: int, height: int, width: int) -> tuple[Tensor, ...]:
    return torch.zeros(n), torch.zeros(n), torch.full((n,), float(height)), torch.full((n,), float(width))


def extents(config: dict, height: int, width: int) -> tuple[int, int]:
    """Pixels of a view, before it is taken apart."""
    if config.get("size"):
        height = width = config["size"]
    for each in config.get("steps", []):
        if "patches" in each:
            break
        if size := each.get("randomCrop", {}).get("size"):
            height = width = size
    return height, width


def views_of(configs: list[dict], count: int) -> list[dict]:
    """The config of each of `count` views: one for all, or as often as each says."""
    if len(configs) == 1 and "repeat" not in configs[0]:
        return configs * count
    made = [each for each in configs for _ in range(each.get("repeat", 1))]
    if len(made) != count:
        raise ValueError(f"views: the method takes {count}; the config makes {len(made)}")
    return made


def normalized(x: Tensor, config: dict) -> Tensor:
    mean, std = (torch.tensor(config[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
    return ((x - mean) / std).contiguous(memory_format=torch.channels_last)


def shown(pixels: Tensor, config: dict) -> Tensor:
    """What features are read of: the whole image; where views have a size, its centre, 7/8 of its side; of a view's extents."""
    x = pixels.float() / 255
    H, W = x.shape[2:]
    height, width = extents(config["views"][0], H, W)
    if config["views"][0].get("size"):
        side = float(max(1, math.floor(0.875 * min(H, W) + 0.5)))
        one = torch.ones(len(x))
        x = resized(x, (one * ((H - side) // 2), one * ((W - side) // 2), one * side, one * side), height, width)
    elif (height, width) != (H, W):
        x = resized(x, whole(len(x), H, W), height, width)
    return normalized(x, config["normalize"])
