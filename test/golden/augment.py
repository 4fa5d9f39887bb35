"""torchvision's blur, solarization, rotation and padded crop of float images.

    python3 test/golden/augment.py

Images `x` are [3, 15, 13, 3] (NHWC) and hold k/255 as decoded images do. Row i is made by the i-th setting:

`blur.y.<kernel>`  gaussian_blur by `sigma[i]`; the kernel of 23 is mirrored as far as the images reach
`solarize.y`       solarize at `threshold[0]`, 128/255 rounded to float32, which one pixel of each image is
`rotate.y`         rotate by `degrees[i]`, bilinear, without `fill` (which would darken the border a second time)
`crop.y`           pad by 4, then crop to 15 x 13 at `corner[i]` (top, left) of the image as it was
"""

import torch
import torchvision.transforms.functional as T
from torchvision.transforms import InterpolationMode

import golden

KERNELS = [3, 23]
PADDING = 4


def draw(seed):
    x = torch.randint(256, (3, 15, 13, 3), generator=golden.generator(seed))
    x[:, 0, 0] = torch.tensor([127, 128, 129])
    return {
        "x": x.double() / 255,
        "sigma": torch.tensor([0.1, 0.7, 2.0]),
        "threshold": torch.tensor([128 / 255]),
        "degrees": torch.tensor([-30.0, 2.0, 118.0]),
        "corner": torch.tensor([[-4, 3], [0, 0], [2, -1]], dtype=torch.int32),
    }


def results(inputs):
    x = golden.nchw(inputs["x"])
    sigmas, degrees, corners = (inputs[name].tolist() for name in ["sigma", "degrees", "corner"])
    rows = lambda change, settings: torch.stack([change(*job) for job in zip(x, settings)])
    out = {f"blur.y.{k}": rows(lambda image, s: T.gaussian_blur(image, [k, k], [s, s]), sigmas) for k in KERNELS}
    out["solarize.y"] = T.solarize(x, inputs["threshold"].item())
    bilinear = InterpolationMode.BILINEAR
    out["rotate.y"] = rows(lambda image, angle: T.rotate(image, angle, bilinear), degrees)
    out["crop.y"] = rows(cut, corners)
    return {name: golden.nhwc(y) for name, y in out.items()}


def cut(image, corner):
    top, left = (at + PADDING for at in corner)
    return T.crop(T.pad(image, PADDING), top, left, *image.shape[1:])


if __name__ == "__main__":
    golden.make(__file__, draw(seed=13), results)
