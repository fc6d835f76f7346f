"""Windows in tests are drawn offscreen; this must be known before Qt is imported."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
