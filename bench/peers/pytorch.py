"""PyTorch's side of bench/cases.ts: reads requests and writes answers, one JSON object a line.

    {"prepare": {...a case's spec...}}  →  {"ids": [0, 1]}
    {"time": 0, "times": 10}            →  {"seconds": 0.01, "cpu": 0.01}  of one; cpu: all threads
    {"stop": 0}                         →  {}

Where the layout of images matters, both are set up; where a case cannot be had, none.
"""

import json
import sys
import time

import blas
import torch
from models import create_model, images_of, sgd_step
from torch import nn

LAYOUTS = [torch.channels_last, torch.contiguous_format]


def timed(call, times):
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        call()
    seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"seconds": seconds / times, "cpu": cpu / times}


def batch_norm(spec, layout):
    if spec.get("textbook"):
        return None
    n, h, w, c = spec["shape"]
    x = torch.randn(n, c, h, w).to(memory_format=layout).requires_grad_()
    dy = torch.randn(n, c, h, w).to(memory_format=layout)
    bn = nn.BatchNorm2d(c, eps=1e-3)

    def call():
        x.grad = bn.weight.grad = bn.bias.grad = None
        bn(x).backward(dy)

    return call


def product(spec, _layout):
    x = torch.randn(spec["batch"], spec["inputs"])
    w = torch.randn(spec["inputs"], spec["outputs"])
    dy = torch.randn(spec["batch"], spec["outputs"])
    a, b = {"forward": (x, w), "weights": (x.t(), dy), "inputs": (dy, w.t())}[spec["product"]]
    return lambda: torch.mm(a, b)


def convolution(spec, layout):
    n, h, w, c = spec["shape"]
    size, filters = spec["size"], spec["filters"]
    pad = size // 2
    x = torch.randn(n, c, h, w).to(memory_format=layout)
    weight = torch.randn(filters, c, size, size).to(memory_format=layout)
    dy = torch.randn(n, filters, h, w).to(memory_format=layout)
    if spec["product"] == "forward":
        return lambda: torch.nn.functional.conv2d(x, weight, padding=pad)
    wanted = [spec["product"] == "inputs", spec["product"] == "filter", False]
    backward = torch.ops.aten.convolution_backward
    return lambda: backward(
        dy, x, weight, [0], [1, 1], [pad, pad], [1, 1], False, [0, 0], 1, wanted
    )


def pooling(spec, layout):
    n, h, w, c = spec["shape"]
    x = torch.randn(n, c, h, w).to(memory_format=layout)
    y, indices = torch.nn.functional.max_pool2d(x, 2, return_indices=True)
    dy = torch.randn(y.shape).to(memory_format=layout)
    backward = torch.ops.aten.max_pool2d_with_indices_backward
    return lambda: backward(dy, x, [2, 2], [2, 2], [0, 0], [1, 1], False, indices)


def trainer(spec, layout):
    model = create_model(spec["model"], spec["placement"]).to(memory_format=layout).train()
    return model, torch.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()


def noise(images):
    return torch.randint(0, 256, (images, 784), dtype=torch.uint8), torch.randint(0, 10, (images,))


def step(spec, layout):
    model, optimizer, loss_of = trainer(spec, layout)
    pixels, labels = noise(2048)
    size = spec["batch"]
    batches = list(zip([images_of(p, layout) for p in pixels.split(size)], labels.split(size)))
    state = {"next": 0}

    def call():
        images, labels = batches[state["next"] % len(batches)]
        state["next"] += 1
        sgd_step(model, optimizer, loss_of, images, labels)

    return call


def epoch(spec, layout):
    model, optimizer, loss_of = trainer(spec, layout)
    pixels, labels = noise(spec["images"])
    size = spec["batch"]

    def call():
        loss, right = 0.0, 0
        order = torch.randperm(len(labels))
        for batch in order.split(size):
            if len(batch) < size:
                break
            images = images_of(pixels[batch], layout)
            logits, value = sgd_step(model, optimizer, loss_of, images, labels[batch])
            loss += value.item() * size
            right += (logits.argmax(1) == labels[batch]).sum().item()

    return call


KINDS = {
    "batch-norm": batch_norm,
    "product": product,
    "convolution": convolution,
    "pooling": pooling,
    "step": step,
    "epoch": epoch,
}


def prepare(spec):
    """A call for each layout; dense layers have only one."""
    flat = spec["kind"] == "product" or spec.get("model") == "mlp"
    layouts = LAYOUTS[1:] if flat else LAYOUTS
    calls = [KINDS[spec["kind"]](spec, layout) for layout in layouts]
    return [call for call in calls if call]


def main():
    prepared = []
    print(json.dumps(blas.hello()), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "prepare" in request:
            calls = prepare(request["prepare"])
            answer = {"ids": [len(prepared) + i for i in range(len(calls))]}
            prepared += calls
        elif "time" in request:
            answer = timed(prepared[request["time"]], request["times"])
        else:
            prepared[request["stop"]] = None
            answer = {}
        print(json.dumps(answer), flush=True)


main()
