"""A log that a flood cannot fill: the same warning is written once a minute, with how many were left out."""

import json
import logging
import threading
import time

from streamlit import logger as streamlit_logger

A_MINUTE_S = 60.0
MOST_REMEMBERED = 1000


class OncePerMinute(logging.Filter):
    """Lets a warning or an error through once a minute. The same: from one line of code, with one kind of exception.

    The next one that is written says how many were left out. What is below a warning is not touched."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._kept: dict[tuple, tuple[float, int]] = {}  # per kind: when it was written last, and how many since

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        first_line = str(record.msg).split("\n", 1)[0]
        kind = (record.name, record.lineno, first_line, record.exc_info and record.exc_info[0])
        with self._lock:
            now = time.monotonic()
            written_at, left_out = self._kept.get(kind, (-A_MINUTE_S, 0))
            if now - written_at < A_MINUTE_S:
                self._kept[kind] = (written_at, left_out + 1)
                return False
            if len(self._kept) >= MOST_REMEMBERED:
                self._kept = {}
            self._kept[kind] = (now, 0)
        if left_out:
            record.msg, record.args = f"{record.getMessage()} (and {left_out} more like it)", ()
        return True


class AsJson(logging.Formatter):
    """A line of JSON for each message, as programs that collect logs read it."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
        }
        said["message"] = record.getMessage()
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def set_up(form: str = "text") -> None:
    """The process's log: to the terminal, in one form, without the addresses of the people who connect."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for handler in logging.getLogger().handlers:
        if form == "json":
            handler.setFormatter(AsJson())
        handler.addFilter(OncePerMinute())
    for name in ("aioice", "aiortc", "httpx", "streamlit_webrtc"):  # their INFO lines are the students' addresses
        logging.getLogger(name).setLevel(logging.WARNING)


def take_over_streamlit() -> None:
    """Streamlit gives each of its loggers a handler of its own; from now on all go through the process's."""
    for logger in streamlit_logger._loggers.values():
        logger.handlers.clear()
        logger.propagate = True
