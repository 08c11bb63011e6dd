"""Writes pytorch_batch_norm.json: what PyTorch's batch normalization answers, for our tests to match.

Run:      python3 tests/reference/pytorch_batch_norm.py && deno fmt tests/reference
Made by:  Debian 12's python3-torch 1.13.0 and Python 3.11; any PyTorch since 1.0 has these modules.

For a dense and for a convolutional input with our epsilon and momentum, and for a dense one with
PyTorch's own defaults: three training steps, each with the output, the gradients of
sum(output * dy), and the running statistics after the step; then one prediction in eval mode.
Gamma and beta stay what they are, so that every step tests the transform alone.

Conventions that differ from ours:
  * PyTorch puts channels second (NCHW). In the file they come last, and every tensor is a table with
    one column per channel: the rows of an NHWC tensor in reading order.
  * Its momentum weighs the new value: 0.01 is our 0.99, and its default 0.1 our 0.9.
  * Its running variance averages unbiased batch variances; ours, as Keras', biased ones.
Numbers are the shortest decimals that give back the same float32.
"""

import json
import pathlib
import platform

import numpy as np
import torch

STEPS = 3


def decimals(values):
    assert values.dtype == np.float32
    numbers = [float(str(value)) for value in values]
    assert (np.array(numbers, dtype=np.float32) == values).all()
    return numbers


def vector(tensor):
    return decimals(tensor.detach().numpy())


def table(tensor):
    """One row per position, one column per channel."""
    channels = tensor.shape[1]
    rows = tensor.detach().movedim(1, -1).reshape(-1, channels).numpy()
    return [decimals(row) for row in rows]


def channels_first(shape):
    return (shape[0], shape[-1], *shape[1:-1])


def case(module, shape, epsilon, momentum, seed):
    """`shape` is the one with channels last."""
    torch.manual_seed(seed)
    channels = shape[-1]
    bn = module(channels, eps=epsilon, momentum=momentum)
    with torch.no_grad():
        bn.weight.copy_(torch.randn(channels))
        bn.bias.copy_(torch.randn(channels))

    # Every channel has a mean and a deviation of its own.
    column = (1, channels) + (1,) * (len(shape) - 2)
    mean = 3 * torch.randn(column)
    deviation = 0.1 + 2 * torch.rand(column)

    def batch():
        return mean + deviation * torch.randn(channels_first(shape))

    steps = []
    for _ in range(STEPS):
        x = batch().requires_grad_()
        dy = torch.randn(channels_first(shape))
        bn.zero_grad()
        y = bn(x)
        y.backward(dy)
        steps.append({
            "x": table(x),
            "dy": table(dy),
            "y": table(y),
            "dx": table(x.grad),
            "dGamma": vector(bn.weight.grad),
            "dBeta": vector(bn.bias.grad),
            "runningMean": vector(bn.running_mean),
            "runningVariance": vector(bn.running_var),
        })

    bn.eval()
    x = batch()
    return {
        "module": module.__name__,
        "shape": shape,
        "epsilon": epsilon,
        "momentum": momentum,
        "gamma": vector(bn.weight),
        "beta": vector(bn.bias),
        "steps": steps,
        "prediction": {"x": table(x), "y": table(bn(x))},
    }


if __name__ == "__main__":
    document = {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "cases": [
            case(torch.nn.BatchNorm1d, [8, 5], epsilon=1e-3, momentum=0.01, seed=1),
            case(torch.nn.BatchNorm2d, [4, 3, 2, 5], epsilon=1e-3, momentum=0.01, seed=2),
            case(torch.nn.BatchNorm1d, [16, 3], epsilon=1e-5, momentum=0.1, seed=3),
        ],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(document) + "\n", encoding="utf-8")
