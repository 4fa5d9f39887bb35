"""What the scripts of methods share: a small encoder, what is drawn for it, and steps of torch.optim.SGD."""

import torch
from torch import nn

import golden

STEPS, BATCH, GROUP = 3, 8, 4  # GROUP images share batch statistics
SGD = {"lr": 0.1, "momentum": 0.9}
FEATURES = 8


def encoder():
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Conv2d(4, FEATURES, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(FEATURES),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


def parameters(g, net):
    inputs = {f"param.{name}": golden.normal(g, *p.shape) for name, p in net.named_parameters()}
    for name, x in inputs.items():
        if name.endswith("weight") and x.dim() == 1:
            inputs[name] = 1 + x / 4  # of batch normalisation
    return inputs


def images(g, count, side):
    index = torch.stack([torch.randperm(count, generator=g)[:BATCH] for _ in range(STEPS)]).int()
    return torch.randint(256, (count, side, side, 3), generator=g, dtype=torch.uint8), index


def load(net, inputs):
    """The drawn parameters; running statistics nobody reads."""
    own = {name[len("param.") :]: x for name, x in inputs.items() if name.startswith("param.")}
    net.to(next(iter(own.values())).dtype).load_state_dict(own, strict=False)
    return net


def two_views(inputs, step):
    """An image over 255, and the same mirrored."""
    x = golden.nchw(inputs["images"][inputs["index"][step].long()]) / 255
    return x, x.flip(-1)


@torch.no_grad()
def follow(target, online, momentum):
    for slow, fast in zip(target.parameters(), online.parameters()):
        slow.mul_(momentum).add_(fast, alpha=1 - momentum)


def take(net, loss_of, after=lambda step: None, rate=SGD["lr"], decay=0):
    """The first step's gradients (convolutions OHWI), each step's loss, and what the parameters are after all."""
    sgd = torch.optim.SGD(net.parameters(), **SGD | {"lr": rate}, weight_decay=decay)
    losses, out = [], {}
    for step in range(STEPS):
        loss = loss_of(step)
        sgd.zero_grad()
        loss.backward()
        if step == 0:
            grads = {name: p.grad.clone() for name, p in net.named_parameters()}
            out |= {f"gradient.{k}": golden.nhwc(g) if g.dim() == 4 else g for k, g in grads.items()}
        sgd.step()
        after(step)
        losses.append(loss.detach())
    out |= {f"after.{name}": p.detach() for name, p in net.named_parameters()}
    return out | {"losses": torch.stack(losses)}


def targets(target):
    return {f"after.target.{name}": p.detach() for name, p in target.named_parameters()}


def settings(**own):
    shared = {"rate": SGD["lr"], "sgdMomentum": SGD["momentum"], "decay": 0, "group": GROUP}
    return {name: str(value) for name, value in (shared | own).items()}
