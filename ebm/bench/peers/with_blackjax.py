"""blackjax: its MALA and HMC kernels under vmap, lax.scan and jit, as its documentation recommends."""

import os
import sys

if int(sys.argv[3]) == 1:
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import blackjax
import harness as h
import jax
import jax.numpy as jnp
import numpy as np


def well(size):
    chains, dim, steps = h.WELLS[size]

    def workload(tuned, threads):
        def logdensity(x):
            return -2.0 * ((x * x - 1) ** 2).sum()

        kernel = blackjax.hmc(logdensity, step_size=h.WELL_STEP, inverse_mass_matrix=jnp.ones(dim), num_integration_steps=h.LEAPS)

        @jax.jit
        def sample(key):
            start, rest = jax.random.split(key)
            state = jax.vmap(kernel.init)(jax.random.normal(start, (chains, dim)))

            def step(state, key):
                return jax.vmap(kernel.step)(jax.random.split(key, chains), state)[0], None

            return jax.lax.scan(step, state, jax.random.split(rest, steps))[0].position

        keys = [jax.random.key(0)]

        def run():
            keys[0], key = jax.random.split(keys[0])
            x = np.asarray(sample(key))
            return lambda: {"abs": float(np.abs(x).mean()), "square": float((x * x).mean())}

        return run

    return workload


h.main({f"hmc-{size}": well(size) for size in h.WELLS}, blackjax.__version__)
