"""scikit-learn: BernoulliRBM, which trains by the same persistent contrastive divergence, in double precision."""

import harness as h
import numpy as np
import sklearn
from sklearn.neural_network import BernoulliRBM


def rbm(tuned, threads):
    data = h.rows_of_bits(np)
    if not tuned:
        data = data.astype(np.float64)  # what numpy makes of numbers unless it is asked not to
    model = BernoulliRBM(n_components=h.BITS, learning_rate=h.RBM_RATE, batch_size=h.RBM_BATCH, n_iter=1, random_state=0)
    model.fit(data)

    def run():
        for i in range(0, h.RBM_ROWS, h.RBM_BATCH):
            model.partial_fit(data[i : i + h.RBM_BATCH])

        def judge():
            hid = 1 / (1 + np.exp(-(data @ model.components_.T + model.intercept_hidden_)))
            p = 1 / (1 + np.exp(-(hid @ model.components_ + model.intercept_visible_)))
            return {"error": float(((data - p) ** 2).mean())}

        return judge

    return run


h.main({"rbm": rbm}, sklearn.__version__)
