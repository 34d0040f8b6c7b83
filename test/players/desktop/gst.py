"""Plays an address in GStreamer, as fast as it can, and prints what came out as JSON.

"video" has the times of the pictures, "audio" the times and lengths of the pieces of
sound, in seconds. "messages" are the warnings and errors of the pipeline, "ended" tells
whether it came to the end.
"""
import json
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

WITHIN = 90  # seconds
VIDEO_AND_AUDIO = 0x3 | 0x10  # with a volume of its own


def main(address):
    Gst.init(None)
    found = {"video": [], "audio": [], "messages": [], "ended": False}
    player = Gst.ElementFactory.make("playbin", None)
    player.set_property("uri", address)
    player.set_property("flags", VIDEO_AND_AUDIO)

    def take(pad, probe, kind):
        buffer = probe.get_buffer()
        if buffer.pts != Gst.CLOCK_TIME_NONE:
            at = buffer.pts / Gst.SECOND
            found[kind].append(at if kind == "video" else [at, buffer.duration / Gst.SECOND])
        return Gst.PadProbeReturn.OK

    for kind in ("video", "audio"):
        sink = Gst.ElementFactory.make("fakesink", None)
        sink.set_property("sync", False)
        sink.get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, take, kind)
        player.set_property(kind + "-sink", sink)

    player.set_state(Gst.State.PLAYING)
    bus = player.get_bus()
    wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR | Gst.MessageType.WARNING
    while not found["ended"]:
        message = bus.timed_pop_filtered(WITHIN * Gst.SECOND, wanted)
        if message is None:
            found["messages"].append("it did not come to the end")
            break
        if message.type == Gst.MessageType.EOS:
            found["ended"] = True
        elif message.type == Gst.MessageType.WARNING:
            found["messages"].append("warning: %s (%s)" % message.parse_warning())
        else:
            found["messages"].append("error: %s (%s)" % message.parse_error())
            break
    player.set_state(Gst.State.NULL)
    json.dump(found, sys.stdout)


main(sys.argv[1])
