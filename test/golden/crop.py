"""torchvision's resized_crop (bilinear, antialiased) of uint8 images, then a flip for some.

    python3 test/golden/crop.py

`boxes` [n, 4] is top, left, height, width in pixels; row i is cut from images[image[i]] and mirrored left to
right where flip[i]. `y.<height>x<width>` [n, height, width, 3] is in 0..255 and not rounded. An output is
larger than its box (interpolation alone) or smaller (antialiasing), on each axis for itself.
"""

import torch
import torchvision.transforms.functional as T

import golden

SIZES = [(32, 32), (24, 24), (7, 10)]
BOXES = [  # top, left, height, width, image, flip
    (0, 0, 32, 32, 0, 0),  # the whole image
    (0, 0, 32, 32, 1, 1),
    (17, 31, 1, 1, 2, 0),
    (3, 21, 9, 5, 3, 0),
    (3, 21, 9, 5, 3, 1),
    (12, 0, 3, 32, 4, 1),  # strips
    (0, 29, 32, 3, 5, 0),
    (31, 0, 1, 32, 0, 0),
    (8, 8, 24, 24, 1, 0),  # one of the sizes, at the far corner
    (1, 2, 29, 27, 2, 1),
    (0, 11, 13, 21, 4, 0),
    (5, 0, 26, 19, 5, 1),
]


def draw(seed):
    g = golden.generator(seed)
    columns = torch.tensor(BOXES, dtype=torch.int32)
    return {
        "images": torch.randint(256, (6, 32, 32, 3), generator=g, dtype=torch.uint8),
        "boxes": columns[:, :4],
        "image": columns[:, 4],
        "flip": columns[:, 5],
    }


def results(inputs):
    images = golden.nchw(inputs["images"])
    jobs = list(zip(inputs["image"].tolist(), inputs["boxes"].tolist(), inputs["flip"].tolist()))
    out = {}
    for h, w in SIZES:
        out[f"y.{h}x{w}"] = torch.stack([crop(images[i], box, flip, [h, w]) for i, box, flip in jobs])
    return out


def crop(image, box, flip, size):
    y = T.resized_crop(image, *box, size, antialias=True)
    return golden.nhwc(T.hflip(y) if flip else y)


if __name__ == "__main__":
    golden.make(__file__, draw(seed=5), results)
