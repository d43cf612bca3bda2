"""The stand-in for payments, which can also stay silent: python -m tests.crash.holding_bank PORT FOLDER

None of its webhooks is ever sent. While a file named `hold` lies in the folder, what is asked of it is done, `held`
appears, and whoever asked gets no answer.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from parvis.operations.fake_services.payments import PaymentProvider
from parvis.operations.fake_services.payments_http import server_of


@dataclass
class HoldingBank(PaymentProvider):
    """Does everything, and answers late while it is asked to hold."""

    folder: Path = Path()

    @contextmanager
    def gesture(self, *, wait: bool = False) -> Iterator[None]:
        """See `PaymentProvider.gesture`."""
        with super().gesture(wait=wait):
            yield
        while (self.folder / "hold").exists():
            (self.folder / "held").touch()
            time.sleep(0.02)


if __name__ == "__main__":
    bank = HoldingBank(port=int(sys.argv[1]), hook="http://127.0.0.1:9/", folder=Path(sys.argv[2]))
    bank.control({"drop": True})
    server_of(bank).serve_forever()
