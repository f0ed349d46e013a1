"""Writes tensorboard.tfevents with TensorBoard's own writer, to compare ours with; see README.md."""

import os
import sys
from unittest import mock

import numpy as np
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2, summary_v2
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer import event_file_writer

TIME = 1700000000.25

folder = sys.argv[1]
with mock.patch("time.time", return_value=TIME):
    writer = event_file_writer.EventFileWriter(folder)

    def add(step, **what):
        writer.add_event(event_pb2.Event(wall_time=TIME, step=step, **what))

    add(0, file_version="brain.Event:2")
    add(0, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START))
    add(301, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START))
    for name, value in [("name", "quickstart"), ("seed", 1.0), ("lora.rank", 0), ("tensorboard", True), ("off", False)]:
        add(0, summary=summary_v2.hparams_pb({name: value}, trial_id="", start_time_secs=TIME))
    values = [("loss", 0.1 + 0.2), ("rewards/numeric/mean", 0.0), ("num_tokens", 12345678901.0), ("kl", -1e-30), ("wahr/größe", float("inf"))]
    add(1, summary=summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, simple_value=value) for tag, value in values]))
    add(300, summary=summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag="loss", simple_value=1)]))
    add(2147483647, summary=summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag="loss", simple_value=2)]))
    table = [["prompt", "completion"], ["    37+58=", ""], ["    größer\n    *als* ☃", "    95" * 40]]
    add(2, summary=text_pb("samples", np.array(table, dtype=object)))
    end = plugin_data_pb2.SessionEndInfo(status=api_pb2.STATUS_SUCCESS, end_time_secs=TIME)
    add(600, summary=summary_v2._summary_pb(metadata.SESSION_END_INFO_TAG, plugin_data_pb2.HParamsPluginData(session_end_info=end)))
    writer.close()

(written,) = os.listdir(folder)
os.replace(os.path.join(folder, written), os.path.join(folder, "tensorboard.tfevents"))
