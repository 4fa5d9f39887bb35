"""ResNet-50 as torchvision has it, narrow: features, every parameter's gradient, running statistics.

    python3 test/golden/resnet50.py

With torch.nn.functional, in a width that torchvision does not offer; at width 64 the network is asserted to be
torchvision.models.resnet50. ImageNet's stem. Keys:

    x [N, H, W, 3], r [N, features]      the input, and what the loss sums the features with
    param.<name>                         torchvision's names and layouts, running statistics included
    <mode>.features, <mode>.grad.<name>, train.stats.<name>      mode: train or eval

BatchNorms' biases are shifted away from ReLUs' ties as in resnet18.py; the metadata's `margin` is the nearest.
"""

import torch
import torch.nn.functional as F
import torchvision

import golden
from resnet18 import kaiming, normalisation, plain_relu

BLOCKS = (3, 4, 6, 3)
NARROW = 16  # torchvision's 64 channels in the first stage / 4
SHAPE = (16, 41, 51, 3)  # not square: rows cannot pass for columns
MODES = ("train", "eval")


def resnet50(x, p, norm, relu):
    """x [N, 3, H, W] -> features [N, channels of layer4]. relu is told which batchNorm is before it."""
    x = relu(norm(F.conv2d(x, p["conv1.weight"], stride=2, padding=3), "bn1"), "bn1")
    x = F.max_pool2d(x, 3, stride=2, padding=1)
    for stage, count in enumerate(BLOCKS, 1):
        for i in range(count):
            x = bottleneck(x, p, f"layer{stage}.{i}", 2 if stage > 1 and i == 0 else 1, norm, relu)
    return x.mean((2, 3))


def bottleneck(x, p, at, stride, norm, relu):
    y = relu(norm(F.conv2d(x, p[f"{at}.conv1.weight"]), f"{at}.bn1"), f"{at}.bn1")
    y = F.conv2d(y, p[f"{at}.conv2.weight"], stride=stride, padding=1)
    y = relu(norm(y, f"{at}.bn2"), f"{at}.bn2")
    y = norm(F.conv2d(y, p[f"{at}.conv3.weight"]), f"{at}.bn3")
    if f"{at}.downsample.0.weight" in p:
        x = norm(F.conv2d(x, p[f"{at}.downsample.0.weight"], stride=stride), f"{at}.downsample.1")
    return relu(x + y, f"{at}.bn3")


def draw(seed):
    g, inputs = golden.generator(seed), {}
    for name, like in torchvision.models.resnet50(weights=None).state_dict().items():
        shape = [n if n < 64 else n // NARROW for n in like.shape]
        if len(shape) == 4:
            inputs[f"param.{name}"] = kaiming(g, shape)
        elif name.endswith((".running_mean", ".bias")) and "fc" not in name:
            inputs[f"param.{name}"] = golden.uniform(g, -0.5, 0.5, *shape)
        elif name.endswith((".running_var", ".weight")) and "fc" not in name:
            inputs[f"param.{name}"] = golden.uniform(g, 0.5, 1.5, *shape)
    return inputs | {"x": golden.normal(g, *SHAPE), "r": golden.normal(g, SHAPE[0], 2048 // NARROW)}


def split(inputs):
    """(parameters, running statistics), copies."""
    p = {name[len("param.") :]: t.clone() for name, t in inputs.items() if name.startswith("param.")}
    stats = {name: p.pop(name) for name in list(p) if ".running_" in name}
    return p, stats


def relu_inputs(inputs, mode):
    """{name of the batchNorm before: [N, C, H, W]}, in order, in float64."""
    seen = {}

    def relu(x, name):
        seen[name] = x
        return F.relu(x)

    p, stats = split({name: t.double() for name, t in inputs.items()})
    resnet50(golden.nchw(inputs["x"].double()), p, normalisation(mode, p, stats), relu)
    return seen


def away_from_ties(inputs):
    """Shifts each bias to the middle of the widest gap near 0 among what its ReLU sees in both modes."""
    for name in relu_inputs(inputs, "eval"):
        seen = [relu_inputs(inputs, mode)[name].transpose(0, 1).flatten(1) for mode in MODES]  # [C, values]
        for c, values in enumerate(torch.cat(seen, 1)):
            near = values[values.abs() < 0.1].sort().values
            if len(near) > 1:
                gap = (near[1:] - near[:-1]).argmax()
                inputs[f"param.{name}.bias"][c] -= near[gap : gap + 2].mean().float()
    return inputs


def margin(inputs):
    """The smallest |input| of any ReLU, and lead of any max-pool's positive winner, over both modes."""
    smallest = []
    for mode in MODES:
        seen = relu_inputs(inputs, mode)
        smallest += [x.abs().min() for x in seen.values()]
        windows = F.unfold(F.relu(seen["bn1"]).flatten(0, 1)[:, None], 3, padding=1, stride=2)
        first, second = windows.topk(2, 1).values.unbind(1)
        smallest.append((first - second)[first > 0].min())
    return torch.stack(smallest).min().item()


def results(inputs):
    out = {}
    for mode in MODES:
        p, stats = split(inputs)
        leaves = {name: t.requires_grad_() for name, t in p.items()}
        features = resnet50(golden.nchw(inputs["x"]), leaves, normalisation(mode, leaves, stats), plain_relu)
        grads = torch.autograd.grad((features * inputs["r"]).sum(), list(leaves.values()))
        out[f"{mode}.features"] = features.detach()
        out |= {f"{mode}.grad.{name}": dp for name, dp in zip(leaves, grads)}
        if mode == "train":
            out |= {f"train.stats.{name}": t for name, t in stats.items()}
    return out


def agrees_with_torchvision():
    """At full width, this network is torchvision's."""
    model = torchvision.models.resnet50(weights=None).double()
    model.fc = torch.nn.Identity()
    x = torch.randn(2, 3, 64, 64, dtype=torch.float64)
    for mode in MODES:
        p = {name: t.clone() for name, t in model.state_dict().items()}
        ours = resnet50(x, p, normalisation(mode, p, p), plain_relu)
        theirs = model.train(mode == "train")(x)
        after = model.state_dict()
        assert torch.allclose(ours, theirs, rtol=1e-10, atol=1e-12)
        assert all(torch.allclose(p[name], after[name]) for name in p if ".running_" in name)


if __name__ == "__main__":
    agrees_with_torchvision()
    inputs = away_from_ties(draw(seed=7))
    clear = margin(inputs)
    assert clear > 2e-5, f"an activation within {clear} of a tie: take another seed"
    golden.make(__file__, inputs, results, margin=f"{clear:.3e}")
