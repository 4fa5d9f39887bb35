"""torchvision's colour transforms on float images: each alone, and ColorJitter in all 24 orders.

    python3 test/golden/color.py

Images are [n, 9, 7, 3] (NHWC) and hold k/255 as decoded images do, so two channels are equal or clearly
apart: the hue of nearly grey pixels is arbitrary. `<name>.factor` is per image. `jitter.order` names the
transforms in the order in which they are applied, as fn_idx of ColorJitter.get_params: 0 brightness, 1
contrast, 2 saturation, 3 hue; `jitter.factors` has them in the order 0, 1, 2, 3 whatever `order` says.
"""

from itertools import permutations

import torch
import torchvision.transforms.functional as T

import golden

ADJUST = {
    "brightness": T.adjust_brightness,
    "contrast": T.adjust_contrast,
    "saturation": T.adjust_saturation,
    "hue": T.adjust_hue,
}
FACTORS = {
    "brightness": [0, 1, 1.4, 0.6, 0.83, 1.17],
    "contrast": [0, 1, 1.4, 0.6, 1.21, 0.77],
    "saturation": [0, 1, 1.4, 0.6, 0.71, 1.33],
    "hue": [0.1, -0.1, 0, 0.5, -0.5, 0.037],
}
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]  # ImageNet


def images(g, n):
    x = torch.randint(256, (n, 9, 7, 3), generator=g)
    x[:, 0] = x[:, 0, :, :1]  # a row of greys,
    x[:, 1, 0], x[:, 1, 1] = 0, 255  # black and white among them
    x[:, 2] = 255 * (x[:, 2] > 127)  # a row of saturated colours
    x[:, 3, :, 2] = x[:, 3, :, 1]  # a row where two channels are equal
    if n > 5:
        x[5] = x[5] // 8 + 100  # little contrast
    return x.double() / 255


def draw(seed):
    g = golden.generator(seed)
    orders = torch.tensor(list(permutations(range(4))), dtype=torch.int32)
    strong = golden.uniform(g, 0.6, 1.4, len(orders), 3)
    hue = golden.uniform(g, -0.1, 0.1, len(orders), 1)
    inputs = {"x": images(g, 6), "normalize.mean": torch.tensor(MEAN), "normalize.std": torch.tensor(STD)}
    inputs |= {f"{name}.factor": torch.tensor(factor) for name, factor in FACTORS.items()}
    inputs |= {"jitter.x": images(g, 24), "jitter.order": orders}
    return inputs | {"jitter.factors": torch.cat([strong, hue], 1)}


def results(inputs):
    x = golden.nchw(inputs["x"])
    out = {}
    for name, adjust in ADJUST.items():
        factors = inputs[f"{name}.factor"].tolist()
        out[f"{name}.y"] = torch.stack([adjust(image, factor) for image, factor in zip(x, factors)])
    out["grayscale.y"] = T.rgb_to_grayscale(x, 3)
    out["normalize.y"] = T.normalize(x, inputs["normalize.mean"].tolist(), inputs["normalize.std"].tolist())
    draws = inputs["jitter.order"].tolist(), inputs["jitter.factors"].tolist()
    out["jitter.y"] = torch.stack([jitter(*job) for job in zip(golden.nchw(inputs["jitter.x"]), *draws)])
    return {name: golden.nhwc(y) for name, y in out.items()}


def jitter(image, order, factors):
    """ColorJitter.forward with its draws given."""
    adjust = list(ADJUST.values())
    for i in order:
        image = adjust[i](image, factors[i])
    return image


if __name__ == "__main__":
    golden.make(__file__, draw(seed=4), results)
