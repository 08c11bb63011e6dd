"""The models of models/mlp.ts and models/cnn.ts in PyTorch, with its own layers."""

import torch
from torch import nn


def activated(placement, width, norm):
    """BN and ReLU in the order of the placement. Momentum 0.01 weighs the new value, as our 0.99 the
    old one."""
    relu = nn.ReLU()
    bn = norm(width, eps=1e-3, momentum=0.01)
    return {"none": [relu], "pre": [bn, relu], "post": [relu, bn]}[placement]


def he(module):
    """Initial weights N(0, 2/fan-in) and biases of zero."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def create_model(name, placement):
    """From images [N, 1, 28, 28] to logits [N, 10]; as in ours, BN before the activation replaces the
    bias."""
    bias = placement != "pre"

    def dense(inputs, outputs):
        return [nn.Linear(inputs, outputs, bias), *activated(placement, outputs, nn.BatchNorm1d)]

    if name == "mlp":
        layers = [nn.Flatten(), *dense(784, 256), *dense(256, 128), *dense(128, 100)]
    else:
        convolution = nn.Conv2d(1, 30, 5, padding=2, bias=bias)
        block = [convolution, *activated(placement, 30, nn.BatchNorm2d), nn.MaxPool2d(2)]
        layers = [*block, nn.Flatten(), *dense(30 * 14 * 14, 100)]
    return nn.Sequential(*layers, nn.Linear(100, 10)).apply(he)


def sgd_step(model, optimizer, loss_of, images, labels):
    """One training step; gives logits and loss."""
    optimizer.zero_grad(set_to_none=True)
    logits = model(images)
    loss = loss_of(logits, labels)
    loss.backward()
    optimizer.step()
    return logits.detach(), loss.detach()


def images_of(pixels, layout):
    """Bytes [N, 784] as images between 0 and 1."""
    images = pixels.to(torch.float32).div_(255).view(-1, 1, 28, 28)
    return images.to(memory_format=layout)
