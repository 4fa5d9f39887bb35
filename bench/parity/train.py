"""Pretrains as a run of ssl-edge was configured, in PyTorch, and measures what was learned.

    python3 bench/parity/train.py --config runs/a/config.json --data train.tar --test test.tar
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", required=True, help="config.json of a run")
    parser.add_argument("--start", help="safetensors of the networks' first weights; drawn here where nothing is said")
    parser.add_argument("--data", required=True, nargs="+", help="tar archives; labels are used for kNN only")
    parser.add_argument("--test", required=True, nargs="+", help="tar archives of what is classified")
    parser.add_argument("--epochs", type=int, help="passes over the data; the config's where nothing is said")
    parser.add_argument("--threads", type=int, help="all cores where nothing is said")
    parser.add_argument("--k", type=int, default=200, help="neighbours that vote")
    parser.add_argument("--temperature", type=float, default=0.1, help="of the votes' weights")
    parser.add_argument("--json", help="a file for the line of JSON that is printed")
    return parser.parse_args()


given = arguments()
if given.threads:  # before libraries read it
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(given.threads)

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from augment import extents, normalized, view, views_of  # noqa: E402
from data import Images, load, read_safetensors  # noqa: E402
from encoder import Encoder  # noqa: E402
from knn import accuracies, features  # noqa: E402
from methods import METHODS  # noqa: E402
from methods.heads import follow  # noqa: E402
from methods.method import Setting  # noqa: E402
from optim import optimizer_of, rates_of, set_rate  # noqa: E402


def build(config: dict, images: Images, epochs: int, start: dict[str, Tensor] | None) -> nn.Module:
    """The method of a config, its parameters drawn by the config's seed, or as given."""
    name = config["method"]["name"]
    if name not in METHODS:
        raise ValueError(f"method: {name} is not implemented here; there is {', '.join(METHODS)}")
    size = min(extents(config["views"][0], *images.pixels.shape[2:]))
    group = config.get("norm", {}).get("group", 0)

    def encoder(rows: int = 1) -> Encoder:
        given = config["encoder"]
        stem = given["stem"] if given["stem"] != "auto" else ("cifar" if size < 96 else "imagenet")
        flags = {"sobel": given.get("sobel", False), "zero_init_residual": given.get("zeroInitResidual", False)}
        return Encoder(given["name"], given["width"], stem, rows * group, **flags)

    torch.manual_seed(config["seed"])
    per_epoch = len(images) // config["batchSize"]
    setting = Setting(config["method"], encoder, group, len(images), epochs, per_epoch, config["seed"], lambda: rows())
    method = METHODS[name](setting)

    def rows() -> Tensor:
        return features(method.encoder, images, config, ["output"])["output"]

    if start:
        start_from(method, start)
    return method.to(memory_format=torch.channels_last)


@torch.no_grad()
def start_from(method: nn.Module, weights: dict[str, Tensor]) -> None:
    """Takes all that is trained by name, and what follows it; convolutions are [O, H, W, I]. Raises ValueError where one is missing."""
    for name, parameter in method.named_parameters():
        if not parameter.requires_grad:
            continue
        if name not in weights:
            raise ValueError(f"{given.start}: there is no {name}; there is {', '.join(weights)}")
        own = weights[name]
        parameter.copy_(own.permute(0, 3, 1, 2) if own.dim() == 4 else own)
    if hasattr(method, "target"):
        for target, online in zip(method.target, (method.encoder, method.projector)):
            follow(target, online, 0)


def train(method: nn.Module, config: dict, images: Images, epochs: int) -> list[float]:
    """Trains in place; the seconds of each epoch."""
    batch = config["batchSize"]
    per_epoch = len(images) // batch  # a tail that does not fill a batch is dropped
    if per_epoch == 0:
        raise ValueError(f"train: {len(images)} images do not fill a batch of {batch}")
    optimizer = optimizer_of(method.named_parameters(), config["optimizer"])
    rate, views = rates_of(config, per_epoch, epochs), views_of(config["views"], method.views)
    clip = config["optimizer"].get("clip")
    method.train()
    seconds = []
    for epoch in range(epochs):
        start, total = time.perf_counter(), 0.0
        if hasattr(method, "before_epoch"):
            method.before_epoch(epoch)
        order = method.order(epoch) if hasattr(method, "order") else torch.randperm(len(images))
        for i in range(per_epoch):
            step = epoch * per_epoch + i
            index = order[i * batch : (i + 1) * batch]
            pixels = images.pixels[index]
            loss = method.loss([normalized(view(pixels, each), config["normalize"]) for each in views], index)
            if not torch.isfinite(loss):
                raise ValueError(f"train: the loss of step {step} is {loss.item()}")
            set_rate(optimizer, rate(step))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            if clip:
                nn.utils.clip_grad_norm_(method.parameters(), clip)
            optimizer.step()
            if hasattr(method, "after"):
                method.after(step)
            total += loss.item()
        seconds.append(time.perf_counter() - start)
        print(f"epoch {epoch + 1}/{epochs}  loss {total / per_epoch:.4f}  {seconds[-1]:.1f} s", file=sys.stderr, flush=True)
    return seconds


def main() -> None:
    torch.set_num_threads(given.threads or os.cpu_count() or 1)
    with open(given.config) as file:
        config = json.load(file).get("config")
    if config is None:
        raise ValueError(f"{given.config} is no config.json of a run: it holds no config")
    epochs = given.epochs or config["epochs"]
    images, test = load(given.data), load(given.test)
    method = build(config, images, epochs, read_safetensors(given.start) if given.start else None)
    measure = {"k": given.k, "temperature": given.temperature}
    untrained = accuracies(method.encoder, images, test, config, **measure)
    seconds = train(method, config, images, epochs)
    trained = accuracies(method.encoder, images, test, config, **measure)
    for layer, accuracy in trained.items():
        print(f"{layer:8} kNN {100 * accuracy:6.2f} %  untrained {100 * untrained[layer]:6.2f} %", file=sys.stderr)
    about = {"method": config["method"]["name"], "width": config["encoder"]["width"], "epochs": epochs}
    result = {**about, **measure, "threads": torch.get_num_threads(), "torch": torch.__version__}
    line = json.dumps({**result, "seconds": seconds, "untrained": untrained, "trained": trained})
    print(line)
    if given.json:
        with open(given.json, "w") as file:
            file.write(line + "\n")


try:
    main()
except (OSError, ValueError, KeyError) as error:
    missing = f"the config has no {error}" if isinstance(error, KeyError) else str(error)
    sys.exit(f"parity: {missing}")
