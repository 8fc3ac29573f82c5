"""The reader alone, under twistd: `twistd -ny deploy/stream_reader.tac`.

The same service as `python -m stream_reader`, with twistd's options: log file, pid file, daemon.
Settings come from the environment and celebwire.toml; bad ones end it with status 2. What the
reader logs, by those settings, becomes part of twistd's log.
"""

import os
import sys
from pathlib import Path

from twisted.application.service import Application
from twisted.internet import reactor
from twisted.logger import Logger, LoggingFile

# twistd, unlike python -m, does not look for modules where it was called.
sys.path.insert(0, str(Path(__file__).absolute().parent.parent))

import settings
from stream_reader.__main__ import collect_garbage_rarely, make_service, set_up_logging

try:
    config = settings.load(os.environ)
except settings.BadSettings as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(2)

set_up_logging(config, LoggingFile(Logger("celebwire")))
application = Application("stream_reader")
make_service(config, reactor).setServiceParent(application)
collect_garbage_rarely()
