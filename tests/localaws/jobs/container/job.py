"""A container that does what its job says: `train` runs the hyperparameter `program`, `run TEXT` the text. Both are Python."""

import json
import os
import sys
from pathlib import Path

ml = Path(os.environ.get("SAGEMAKER_BASE_DIR") or "/opt/ml")
known = {"ml": ml, "os": os, "json": json, "sys": sys}
if sys.argv[1] == "train":
    known["hp"] = json.loads((ml / "input/config/hyperparameters.json").read_text())
    exec(known["hp"].get("program", "(ml / 'model/weights.txt').write_text('1')"), known)
else:
    exec(sys.argv[2], known)
