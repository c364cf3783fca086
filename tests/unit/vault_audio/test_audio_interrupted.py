"""Ctrl-C while a second of sound is packed or unpacked is neither lost nor does it spoil the second."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from explorer_app.vault.audio import flac

PCM = (9_000 * np.sin(np.arange(16_000) ** 1.1 / 50)).astype(np.int16)
PACKED = flac.encode(PCM, 16_000)


def pack() -> bool:
    return flac.encode(PCM, 16_000) == PACKED


def unpack() -> bool:
    return bool(np.array_equal(flac.decode(PACKED)[0], PCM))


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("work", [pack, unpack])
def test_ctrl_c_comes_after_the_second_is_whole(work: Callable[[], bool]) -> None:
    chance = random.Random(3)
    main = threading.main_thread().ident
    assert main is not None
    whole, interrupted = [], 0

    def run() -> None:
        nonlocal interrupted
        sent = threading.Event()

        def press() -> None:
            time.sleep(chance.uniform(0, 0.0008))
            sent.set()
            signal.pthread_kill(main, signal.SIGINT)

        presser = threading.Thread(target=press)
        try:
            presser.start()
            while not sent.is_set():
                whole.append(work())
            time.sleep(0.05)
        except KeyboardInterrupt:
            interrupted += 1
        presser.join()

    for _ in range(200):
        run()
    assert interrupted == 200
    assert all(whole)
