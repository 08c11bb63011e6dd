"""Which BLAS PyTorch computes with, and how many threads it uses."""

import ctypes
import os
import re

import torch

torch.set_num_threads(1)


def blas():
    """The BLAS in use: its file, and for OpenBLAS the processor that it computes for."""
    with open("/proc/self/maps") as maps:
        paths = sorted({line.split()[-1] for line in maps if re.search(r"lib(open)?blas", line)})
    core = None
    for path in paths:
        if "libopenblas" in os.path.basename(os.path.realpath(path)):
            library = ctypes.CDLL(path)
            library.openblas_get_corename.restype = ctypes.c_char_p
            core = library.openblas_get_corename().decode()
    return {"path": paths[0] if paths else None, "core": core}


def core_types():
    """OpenBLAS's names for processors whose instructions this one has."""
    flags = set()
    try:
        with open("/proc/cpuinfo") as info:
            flags = set(next(line for line in info if line.startswith("flags")).split())
    except (OSError, StopIteration):
        pass
    types = []
    if "avx512_bf16" in flags:
        types.append("Cooperlake")
    if {"avx512f", "avx512dq", "avx512bw", "avx512vl"} <= flags:
        types.append("SkylakeX")
    if {"avx2", "fma"} <= flags:
        types += ["Haswell", "Zen"]
    return types


def hello():
    """What the bench has to know before it trusts the numbers."""
    return {"version": torch.__version__, "blas": blas(), "coreTypes": core_types()}
