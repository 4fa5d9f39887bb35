"""Files to views as torchvision does it: read, decode, two random resized crops at 224 with antialiasing, as uint8;
or, in cases called decode.., read and decode alone.

    python3 bench/peers/torchvision.py <folder>

<folder> holds a folder of JPEGs for each case; a run of a case is each of its files once, on one thread,
and its time the processor's. Protocol: python.ts.
"""

import json
import os
import sys
import time

sys.path.pop(0)  # this folder, where this very file is called torchvision
os.environ["OMP_NUM_THREADS"] = "1"

import torch
import torchvision
import torchvision.transforms.functional as F
from torchvision.transforms import RandomResizedCrop

torch.manual_seed(1)
torch.set_num_threads(1)


def decoder():
    """torchvision.io's decoder, where it was built with one, or PIL; and its name."""
    try:
        image = torchvision.io.encode_jpeg(torch.zeros(3, 8, 8, dtype=torch.uint8))
        torchvision.io.decode_jpeg(image)
        from torchvision.io import ImageReadMode, decode_jpeg, read_file

        return lambda path: decode_jpeg(read_file(path), ImageReadMode.RGB), "torchvision.io.decode_jpeg"
    except (ImportError, RuntimeError, AttributeError):
        from PIL import Image, __version__

        return lambda path: F.pil_to_tensor(Image.open(path).convert("RGB")), f"PIL {__version__}"


decode, name = decoder()


def views(path):
    image = decode(path)
    for _ in range(2):
        box = RandomResizedCrop.get_params(image, (0.08, 1), (3 / 4, 4 / 3))
        F.resized_crop(image, *box, [224, 224], antialias=True)


def main():
    root = sys.argv[1]
    cases = sorted(os.listdir(root))
    files = {case: sorted(os.path.join(root, case, file) for file in os.listdir(os.path.join(root, case))) for case in cases}
    print(json.dumps({"cases": cases, "about": f"{torchvision.__version__}, {name}, 1 thread"}), flush=True)
    for line in sys.stdin:
        case, repeats = line.split()
        start = time.process_time()
        for _ in range(int(repeats)):
            for path in files[case]:
                decode(path) if case.startswith("decode") else views(path)
        print((time.process_time() - start) * 1000, flush=True)


main()
