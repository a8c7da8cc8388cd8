"""A screenshot in 256 colours: a fraction of the bytes, and nobody sees the difference on a page."""

from __future__ import annotations

from pathlib import Path

import av
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream


def reduce_colours(path: Path) -> None:
    """Rewrite the PNG at ``path`` with a palette of its own."""
    with av.open(str(path)) as source:
        frame = next(source.decode(video=0))
    reduced = _reduced(frame.reformat(format="rgb32"))
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as target:
        stream = target.add_stream("png", rate=1, options={"compression_level": "9", "pred": "none"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = reduced.width, reduced.height, "pal8"
        for packet in (*stream.encode(reduced), *stream.encode(None)):
            target.mux(packet)


def _reduced(frame: VideoFrame) -> VideoFrame:
    """The two passes of a palette: find the colours that matter, then paint with them."""
    graph = Graph()
    size = f"width={frame.width}:height={frame.height}:pix_fmt={frame.format.name}:time_base=1/1"
    whole = graph.add("buffer", size)
    split = graph.add("split")
    palette = graph.add("palettegen", "stats_mode=full:reserve_transparent=0")
    painted = graph.add("paletteuse", "dither=sierra2_4a")
    sink = graph.add("buffersink")
    whole.link_to(split)
    split.link_to(painted, 0, 0)
    split.link_to(palette, 1, 0)
    palette.link_to(painted, 0, 1)
    painted.link_to(sink)
    graph.configure()
    frame.pts = 0
    whole.push(frame)
    whole.push(None)
    found = sink.pull()
    assert isinstance(found, VideoFrame)
    return found
