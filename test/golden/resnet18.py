"""ResNet-18 at width 8, both stems: features, gradients of all parameters, running statistics.

    python3 test/golden/resnet18.py

Cases: train (statistics of the batch), eval (running statistics), groups2 (train; the first and the second
half of the batch each by their own statistics). The loss is sum(features * r). Both stems share all
parameters but conv1: those of `<stem>` are `param.*` and `<stem>.param.*`.

A ReLU's gradient jumps at 0, so two correct implementations differ there by more than rounding. The biases of
the batchNorms are therefore shifted after the draw such that no ReLU of any case has an input near 0; the
metadata's `margin` is the nearest.
"""

from math import prod, sqrt

import torch
import torch.nn.functional as F
import torchvision

import golden

EPS, MOMENTUM = 1e-5, 0.1  # torch.nn.BatchNorm2d's defaults
STEMS = {"cifar": (6, 32, 32, 3), "imagenet": (8, 41, 51, 3)}  # not square: rows cannot pass for columns
CASES = [(stem, mode) for stem in STEMS for mode in ("train", "eval", "groups2")]
NARROW = 8  # torchvision's 64 channels in the first stage / 8


def resnet18(x, p, stem, norm, relu):
    """x [N, 3, H, W] -> features [N, channels of layer4]. relu is told which batchNorm is before it."""
    stride, padding = (2, 3) if stem == "imagenet" else (1, 1)
    x = F.conv2d(x, p["conv1.weight"], stride=stride, padding=padding)
    x = relu(norm(x, "bn1"), "bn1")
    if stem == "imagenet":
        x = F.max_pool2d(x, 3, stride=2, padding=1)
    for stage in range(1, 5):
        x = basic_block(x, p, f"layer{stage}.0", 1 if stage == 1 else 2, norm, relu)
        x = basic_block(x, p, f"layer{stage}.1", 1, norm, relu)
    return x.mean((2, 3))


def basic_block(x, p, at, stride, norm, relu):
    y = F.conv2d(x, p[f"{at}.conv1.weight"], stride=stride, padding=1)
    y = relu(norm(y, f"{at}.bn1"), f"{at}.bn1")
    y = norm(F.conv2d(y, p[f"{at}.conv2.weight"], padding=1), f"{at}.bn2")
    if f"{at}.downsample.0.weight" in p:
        x = norm(F.conv2d(x, p[f"{at}.downsample.0.weight"], stride=stride), f"{at}.downsample.1")
    return relu(x + y, f"{at}.bn2")


def normalisation(mode, p, stats):
    """stats: running statistics; train updates them in place, groups2 leaves them alone."""

    def norm(x, name):
        affine = p[f"{name}.weight"], p[f"{name}.bias"]
        running = stats[f"{name}.running_mean"], stats[f"{name}.running_var"]
        if mode == "groups2":
            return torch.cat([F.batch_norm(half, None, None, *affine, True, eps=EPS) for half in x.chunk(2)])
        return F.batch_norm(x, *running, *affine, mode == "train", MOMENTUM, EPS)

    return norm


def plain_relu(x, _name):
    return F.relu(x)


def draw(seed):
    """Parameters by torchvision's names, conv1 once per stem; x and r of each stem."""
    g, inputs = golden.generator(seed), {}
    for name, like in torchvision.models.resnet18(weights=None).state_dict().items():
        shape = [n if n < 64 else n // NARROW for n in like.shape]
        if name == "conv1.weight":
            inputs["imagenet.param.conv1.weight"] = kaiming(g, shape)
            inputs["cifar.param.conv1.weight"] = kaiming(g, [*shape[:2], 3, 3])
        elif len(shape) == 4:
            inputs[f"param.{name}"] = kaiming(g, shape)
        elif name.endswith((".running_mean", ".bias")) and "fc" not in name:
            inputs[f"param.{name}"] = golden.uniform(g, -0.5, 0.5, *shape)
        elif name.endswith((".running_var", ".weight")) and "fc" not in name:
            inputs[f"param.{name}"] = golden.uniform(g, 0.5, 1.5, *shape)
    for stem, shape in STEMS.items():
        inputs[f"{stem}.x"] = golden.normal(g, *shape)
        inputs[f"{stem}.r"] = golden.normal(g, shape[0], 512 // NARROW)
    return inputs


def kaiming(g, shape):
    fan_out = shape[0] * prod(shape[2:])
    return golden.normal(g, *shape) * sqrt(2 / fan_out)


def of_stem(inputs, stem):
    """(parameters, running statistics), copies."""
    own, common = f"{stem}.param.", "param."
    p = {name[len(own) :]: t.clone() for name, t in inputs.items() if name.startswith(own)}
    p |= {name[len(common) :]: t.clone() for name, t in inputs.items() if name.startswith(common)}
    stats = {name: p.pop(name) for name in list(p) if ".running_" in name}
    return p, stats


def away_from_ties(inputs):
    """Shifts each bias to the middle of the widest gap near 0 among what its ReLU sees in all cases."""
    for name in relu_inputs(inputs, *CASES[0]):
        seen = [relu_inputs(inputs, *case)[name].transpose(0, 1).flatten(1) for case in CASES]  # [C, values]
        for c, values in enumerate(torch.cat(seen, 1)):
            near = values[values.abs() < 0.1].sort().values
            if len(near) > 1:
                gap = (near[1:] - near[:-1]).argmax()
                inputs[f"param.{name}.bias"][c] -= near[gap : gap + 2].mean().float()
    return inputs


def margin(inputs):
    """The smallest |input| of any ReLU, and lead of any max-pool's positive winner, over all cases."""
    smallest = []
    for stem, mode in CASES:
        seen = relu_inputs(inputs, stem, mode)
        smallest += [x.abs().min() for x in seen.values()]
        if stem == "imagenet":
            windows = F.unfold(F.relu(seen["bn1"]).flatten(0, 1)[:, None], 3, padding=1, stride=2)
            first, second = windows.topk(2, 1).values.unbind(1)
            smallest.append((first - second)[first > 0].min())
    return torch.stack(smallest).min().item()


def relu_inputs(inputs, stem, mode):
    """{name of the batchNorm before: [N, C, H, W]}, in order, in float64."""
    seen = {}

    def relu(x, name):
        seen[name] = x
        return F.relu(x)

    p, stats = of_stem({name: t.double() for name, t in inputs.items()}, stem)
    resnet18(golden.nchw(inputs[f"{stem}.x"].double()), p, stem, normalisation(mode, p, stats), relu)
    return seen


def results(inputs):
    out = {}
    for stem, mode in CASES:
        p, stats = of_stem(inputs, stem)
        leaves = {name: t.requires_grad_() for name, t in p.items()}
        x = golden.nchw(inputs[f"{stem}.x"])
        features = resnet18(x, leaves, stem, normalisation(mode, leaves, stats), plain_relu)
        grads = torch.autograd.grad((features * inputs[f"{stem}.r"]).sum(), list(leaves.values()))
        out[f"{stem}.{mode}.features"] = features.detach()
        out |= {f"{stem}.{mode}.grad.{name}": dp for name, dp in zip(leaves, grads)}
        if mode == "train":
            out |= {f"{stem}.train.stats.{name}": t for name, t in stats.items()}
    return out


def agrees_with_torchvision():
    """At full width with the ImageNet stem, this network is torchvision's."""
    model = torchvision.models.resnet18(weights=None).double()
    model.fc = torch.nn.Identity()
    x = torch.randn(2, 3, 64, 64, dtype=torch.float64)
    for mode in ("train", "eval"):
        p = {name: t.clone() for name, t in model.state_dict().items()}
        ours = resnet18(x, p, "imagenet", normalisation(mode, p, p), plain_relu)
        theirs = model.train(mode == "train")(x)
        after = model.state_dict()
        assert torch.allclose(ours, theirs, rtol=1e-10, atol=1e-12)
        assert all(torch.allclose(p[name], after[name]) for name in p if ".running_" in name)


if __name__ == "__main__":
    agrees_with_torchvision()
    inputs = away_from_ties(draw(seed=1))
    clear = margin(inputs)
    assert clear > 2e-5, f"an activation within {clear} of a tie: take another seed"
    golden.make(__file__, inputs, results, margin=f"{clear:.3e}")
