"""The twelve trials of `deno task train --preset assignment` in PyTorch: the same models, epochs,
batches, scaling, falling learning rate, validation after each epoch, dataset statistics (one pass
per BN layer), and the test set with both kinds of statistics. A CNN takes its images in the layout
whose training steps are faster here.

As many trials side by side as asked for, each a process with one thread. The last line is JSON with
the wall seconds of the whole; start it with OMP_NUM_THREADS=OPENBLAS_NUM_THREADS=1.
"""

import argparse
import gzip
import json
import multiprocessing
import pathlib
import time

import blas
import torch
from models import create_model, images_of, sgd_step
from torch import nn

FOLDER = pathlib.Path(__file__).parents[2] / "data" / "fashion-mnist"
BATCH, EVALUATION_BATCH, VALIDATION = 64, 250, 5_000


def read(folder, name):
    images = gzip.open(folder / f"{name}-images-idx3-ubyte.gz").read()[16:]
    labels = gzip.open(folder / f"{name}-labels-idx1-ubyte.gz").read()[8:]
    as_bytes = lambda values: torch.frombuffer(bytearray(values), dtype=torch.uint8)
    return as_bytes(images).view(-1, 784), as_bytes(labels).long()


@torch.no_grad()
def score(model, split, layout):
    """Mean loss and accuracy in prediction mode."""
    model.eval()
    loss, right, count = 0.0, 0, len(split[1])
    for pixels, labels in zip(split[0].split(EVALUATION_BATCH), split[1].split(EVALUATION_BATCH)):
        logits = model(images_of(pixels, layout))
        loss += nn.functional.cross_entropy(logits, labels, reduction="sum").item()
        right += (logits.argmax(1) == labels).sum().item()
    return loss / count, right / count


@torch.no_grad()
def use_dataset_statistics(model, pixels, layout):
    """Layer by layer the mean and variance of a BN layer's input over the whole dataset."""
    model.eval()
    for i, bn in enumerate(model):
        if not isinstance(bn, (nn.BatchNorm1d, nn.BatchNorm2d)):
            continue
        below = model[:i]
        sums = squares = count = 0
        for batch in pixels.split(EVALUATION_BATCH):
            x = below(images_of(batch, layout)).transpose(0, 1).flatten(1)
            variance, mean = torch.var_mean(x, 1, unbiased=False)
            mean, n = mean.double(), x.shape[1]
            sums, count = sums + n * mean, count + n
            squares = squares + n * (variance.double() + mean**2)
        mean = sums / count
        bn.running_mean.copy_(mean)
        bn.running_var.copy_(squares / count - mean**2)


def train(model, split, epochs, layout, after_epoch):
    pixels, labels = split
    loss_of = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    steps = epochs * (len(labels) // BATCH)
    done = 0
    for _ in range(epochs):
        model.train()
        loss, right = 0.0, 0
        for batch in torch.randperm(len(labels)).split(BATCH):
            if len(batch) < BATCH:
                break
            optimizer.param_groups[0]["lr"] = 0.1 * (1 - done / steps)
            done += 1
            images = images_of(pixels[batch], layout)
            logits, value = sgd_step(model, optimizer, loss_of, images, labels[batch])
            loss += value.item() * BATCH
            right += (logits.argmax(1) == labels[batch]).sum().item()
        after_epoch()


def trial(task):
    architecture, placement, seed, epochs, images, layout = task
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    layout = getattr(torch, layout)
    seconds, last = {}, time.perf_counter()

    def add_to(phase):
        nonlocal last
        now = time.perf_counter()
        seconds[phase] = seconds.get(phase, 0) + now - last
        last = now

    pixels, labels = read(FOLDER, "train")
    test = read(FOLDER, "t10k")
    training = pixels[:-VALIDATION][:images], labels[:-VALIDATION][:images]
    validation = pixels[-VALIDATION:], labels[-VALIDATION:]
    model = create_model(architecture, placement).to(memory_format=layout)
    add_to("data")

    def after_epoch():
        add_to("training")
        score(model, validation, layout)
        add_to("validation")

    train(model, training, epochs, layout, after_epoch)
    moving = score(model, test, layout)
    add_to("test")
    use_dataset_statistics(model, training[0], layout)
    add_to("statistics")
    score(model, validation, layout)
    exact = score(model, test, layout)
    add_to("test")
    return {
        "trial": f"{architecture}-{placement}-{seed}",
        "accuracy": {"moving": moving[1], "dataset": exact[1]},
        "seconds": {phase: round(value, 2) for phase, value in seconds.items()},
    }


def seconds_of_steps(layout):
    """Seconds of a few training steps of a CNN whose images lie in a layout."""
    layout = getattr(torch, layout)
    torch.set_num_threads(1)
    model = create_model("cnn", "pre").to(memory_format=layout)
    optimizer, loss_of = torch.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()
    images = images_of(torch.zeros(BATCH, 784, dtype=torch.uint8), layout)
    labels = torch.zeros(BATCH, dtype=torch.long)
    start = time.perf_counter()
    for step in range(25):
        if step == 5:  # the first ones warm up
            start = time.perf_counter()
        sgd_step(model, optimizer, loss_of, images, labels)
    return time.perf_counter() - start


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--epochs", type=int, default=5)
    options.add_argument("--images", type=int, default=55_000, help="training images")
    options.add_argument("--trials", type=int, default=3, help="of each of the four experiments")
    options.add_argument("--jobs", type=int, default=2, help="trials side by side")
    given = options.parse_args()
    layout = min(("contiguous_format", "channels_last"), key=seconds_of_steps)
    tasks = [
        (model, placement, seed, given.epochs, given.images, layout)
        for seed in range(1, given.trials + 1)
        for model in ("cnn", "mlp")
        for placement in ("pre", "post")
    ]
    start = time.perf_counter()
    context = multiprocessing.get_context("spawn")
    with context.Pool(given.jobs) as pool:
        for record in pool.imap_unordered(trial, tasks, chunksize=1):
            print(json.dumps(record), flush=True)
    print(json.dumps({"seconds": time.perf_counter() - start, "layout": layout, **blas.hello()}))


if __name__ == "__main__":
    main()
