"""What the peers have in common: a process that runs one workload when it is told to.

    python LIBRARY.py WORKLOAD MODE THREADS

A workload is a function that prepares, and returns a function that runs once. That returns another, whose time does not count, which
returns a dictionary of figures by which the result can be judged. Answers are lines of JSON on the standard output.
"""

import json
import os
import resource
import sys
import time


def say(**fields):
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def used():
    """Processor time of this process, all threads."""
    r = resource.getrusage(resource.RUSAGE_SELF)
    return r.ru_utime + r.ru_stime


def main(workloads, version):
    name, mode, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if name not in workloads:
        say(missing=name)
        return
    began = time.perf_counter()
    run = workloads[name](mode == "tuned", threads)
    figures = run()()  # whatever is compiled at first use
    say(ready=True, version=version, setup=time.perf_counter() - began, quality=figures)
    for line in sys.stdin:
        if line.strip() != "run":
            break
        cpu, wall = used(), time.perf_counter()
        judge = run()
        wall, cpu = time.perf_counter() - wall, used() - cpu
        figures = judge()
        seconds = figures.pop("seconds", None)  # of a workload that times itself
        if seconds is not None:
            wall = cpu = seconds
        say(wall=wall, cpu=cpu, quality=figures)


# The workloads' numbers, the same for all peers.

RING_POINTS = 1_000_000
CHAINS, STEPS = 1000, 1000  # of the mixture of eight normal distributions
RADIUS, SIGMA, STEP = 2.0, 0.2, 0.002
WELLS = {"small": (64, 8, 50), "medium": (256, 32, 100), "large": (1024, 128, 200)}  # chains, dimension, steps
WELL_STEP, LEAPS = 0.01, 10
BATCH, HIDDEN, ITERATIONS = 256, 128, 50  # of training
CD_STEPS, CD_STEP, DSM_SIGMA, RATE = 10, 0.01, 0.2, 1e-3
VISIBLE, BITS, RBM_BATCH, RBM_ROWS, RBM_RATE = 784, 500, 100, 2000, 0.05
SIDE, BETA, SWEEPS = 512, 0.3, 200
IMAGES = 64


def two_moons(np, n, noise=0.05, seed=1):
    rng = np.random.default_rng(seed)
    t = rng.random(n) * np.pi
    upper = rng.random(n) < 0.5
    x = np.where(upper, np.cos(t), 1 - np.cos(t))
    y = np.where(upper, np.sin(t), 0.5 - np.sin(t))
    return (np.stack([x, y], 1) + noise * rng.standard_normal((n, 2))).astype(np.float32)


def rows_of_bits(np, seed=1):
    """Rows of 28 × 28 bits with a bright rectangle each: data with structure, without a file."""
    rng = np.random.default_rng(seed)
    v = np.zeros((RBM_ROWS, 28, 28), np.float32)
    for row in v:
        r, c = rng.integers(0, 18, 2)
        h, w = rng.integers(4, 11, 2)
        row[r : r + h, c : c + w] = 1
    return v.reshape(RBM_ROWS, VISIBLE)
