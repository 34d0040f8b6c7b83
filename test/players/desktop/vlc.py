"""Plays an address in VLC, in real time and without a window, and prints its figures as JSON.
More arguments are options of VLC.

It uses VLC's library, since the program refuses to run as root. "video" and "audio" are
what the decoders took and gave, "late" what came too late to be shown or heard; "ended"
tells whether it came to the end, "messages" are VLC's warnings and errors.
"""
import ctypes
import json
import sys
import tempfile
import time

WITHIN = 90  # seconds
ENDED, FAILED = 6, 7
OPTIONS = [
    "--vout=dummy", "--aout=dummy", "--no-spu", "--ignore-config", "--verbose=2", "--file-logging",
    "--no-drop-late-frames", "--no-skip-frames", "--no-avcodec-hurry-up", "--avcodec-hw=none",
    "--file-caching=3000", "--network-caching=3000", "--adaptive-logic=highest",
]


class Stats(ctypes.Structure):
    _fields_ = [
        ("read_bytes", ctypes.c_int), ("input_rate", ctypes.c_float), ("demux_bytes", ctypes.c_int),
        ("demux_rate", ctypes.c_float), ("corrupted", ctypes.c_int), ("discontinuity", ctypes.c_int),
        ("video", ctypes.c_int), ("audio", ctypes.c_int), ("displayed", ctypes.c_int), ("lost_pictures", ctypes.c_int),
        ("played_buffers", ctypes.c_int), ("lost_buffers", ctypes.c_int), ("sent_packets", ctypes.c_int),
        ("sent_bytes", ctypes.c_int), ("send_rate", ctypes.c_float)]


def main(address, *more):
    vlc = ctypes.CDLL("libvlc.so.5")
    for name in ("libvlc_new", "libvlc_media_new_location", "libvlc_media_player_new_from_media"):
        getattr(vlc, name).restype = ctypes.c_void_p
    with tempfile.NamedTemporaryFile() as log:
        options = [o.encode() for o in OPTIONS + list(more) + ["--logfile=" + log.name]]
        instance = ctypes.c_void_p(vlc.libvlc_new(len(options), (ctypes.c_char_p * len(options))(*options)))
        media = ctypes.c_void_p(vlc.libvlc_media_new_location(instance, address.encode()))
        player = ctypes.c_void_p(vlc.libvlc_media_player_new_from_media(media))
        vlc.libvlc_media_player_play(player)
        began, state = time.monotonic(), 0
        while state not in (ENDED, FAILED) and time.monotonic() - began < WITHIN:
            time.sleep(0.05)
            state = vlc.libvlc_media_player_get_state(player)
        vlc.libvlc_media_player_release(player)  # which brings the figures up to date
        stats = Stats()
        vlc.libvlc_media_get_stats(media, ctypes.byref(stats))
        vlc.libvlc_media_release(media)
        vlc.libvlc_release(instance)
        log.seek(0)
        lines = log.read().decode("utf-8", "replace").splitlines()
    json.dump({
        "ended": state == ENDED, "video": stats.video, "audio": stats.audio, "corrupted": stats.corrupted,
        "late": stats.lost_pictures + stats.lost_buffers, "heard": stats.played_buffers,
        "messages": [line for line in lines if " warning: " in line or " error: " in line]}, sys.stdout)


main(*sys.argv[1:])
