# SPDX-License-Identifier: Apache-2.0
"""Draws the pictures of README and Docs from the CSV that SideBySide, Waiting and bench-files write. Draws nothing from a
file that is not there.

    python3 Benchmarks/pictures.py build/bench.csv build/bench-async.csv build/bench-files.csv Docs

The pictures are read on dark and on light pages: text and lines are grey, and there is no background. The colours are Okabe and Ito's,
which colour-blind readers can tell apart.
"""

import csv
import math
import os
import sys

import matplotlib

matplotlib.use("Agg")
matplotlib.rcParams.update({"svg.hashsalt": "SocketSend", "font.size": 9})
import matplotlib.pyplot as plt  # noqa: E402, I202

GREY = "#808080"
OURS, SWIFT, BLUE, GREEN, SKY, ORANGE, PINK = "#D55E00", "#D55E00", "#0072B2", "#009E73", "#56B4E9", "#E69F00", "#CC79A7"


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def luminance(color):
    """Returns the relative luminance of WCAG: 0 is black, 1 is white."""
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in matplotlib.colors.to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def for_text(color):
    """The colour, darkened until it is no lighter than GREY, so that it can be read on a white page too."""
    shades = (tuple(value * percent / 100 for value in matplotlib.colors.to_rgb(color)) for percent in range(100, -1, -1))
    return matplotlib.colors.to_hex(next(shade for shade in shades if luminance(shade) <= luminance(GREY)))


def dress(axes):
    """Takes the colours of text and lines from the page."""
    axes.tick_params(which="both", colors=GREY)
    axes.title.set_color(GREY)
    axes.xaxis.label.set_color(GREY)
    axes.yaxis.label.set_color(GREY)
    axes.spines[:].set_color(GREY)
    axes.patch.set_alpha(0)


def label_ends(axes, lines):
    """Writes each line's name at its right end, in its colour, darkened if need be, and stacked where lines end close together."""
    low, high = axes.get_ylim()
    last = max(xs[-1] for name, color, style, xs, ys in lines)
    is_log = axes.get_yscale() == "log"
    place = -1.0
    for name, color, style, xs, ys in sorted(lines, key=lambda line: line[4][-1]):
        if xs[-1] < last:
            axes.annotate(name, (xs[-1], ys[-1]), xytext=(5, 2), textcoords="offset points", color=for_text(color))
            continue
        at = math.log(ys[-1] / low) / math.log(high / low) if is_log else (ys[-1] - low) / (high - low)
        place = max(place, at)
        axes.text(1.02, place, name, color=for_text(color), transform=axes.transAxes, va="center")
        place += 0.05


def draw_lines(axes, lines):
    """Draws lines of (name, color, style, xs, ys), and their names."""
    for name, color, style, xs, ys in lines:
        axes.plot(xs, ys, marker="o", markersize=3.5, color=color, linestyle=style, linewidth=2 if color == OURS else 1.2)
    label_ends(axes, lines)
    axes.grid(True, which="major", alpha=0.3)
    dress(axes)


def draw_growth(rows, path):
    """Time over the number of segments, at 16 bytes."""
    ways = {
        "each": ("one send a segment", PINK, "-"), "NIO": ("SwiftNIO", SKY, "-"), "Data(joined)": ("joined Data", ORANGE, "-"),
        "sendmsg": ("a sendmsg loop", BLUE, "-"), "Swift": ("SocketSend, Swift", SWIFT, ":"), "sendv_all": ("SocketSend, C", OURS, "-"),
        "contiguous": ("one contiguous send", GREY, "-")}
    figure, axes = plt.subplots(figsize=(8, 5))
    axes.set(xscale="log", yscale="log", xlabel="segments of 16 bytes", ylabel="microseconds a send", title="Unix stream")
    lines = []
    for candidate, (name, color, style) in ways.items():
        points = [row for row in rows if row["series"] == "segments" and row["candidate"] == candidate]
        if points:
            xs, ys = [int(row["segments"]) for row in points], [float(row["median_ns"]) / 1000 for row in points]
            lines.append((name, color, style, xs, ys))
    times = [time for line in lines for time in line[4]]
    axes.set_ylim(min(times) / 1.5, max(times) * 1.5)
    draw_lines(axes, lines)
    axes.yaxis.set_major_formatter("{x:g}")
    save(figure, path)


def draw_map(rows, path):
    """sendv_all's time as a ratio to the plain sendmsg loop's, over segments and bytes: a full grid for each transport."""
    cells = [row for row in rows if row["series"] == "grid" and row["candidate"] == "sendv_all"]
    segments = sorted({int(row["segments"]) for row in cells})
    sizes = sorted({int(row["bytes"]) for row in cells})
    names = {"unix": "Unix stream", "tcp": "TCP", "udp": "UDP (hatched: longer than a datagram)"}
    figure, all_axes = plt.subplots(len(names), 1, figsize=(8.5, 13.5), sharex=True)
    scale = matplotlib.colors.Normalize(-3, 3)  # in powers of two: white is 1, as fast as the loop
    for axes, (transport, name) in zip(all_axes, names.items()):
        axes.set(xlim=(0, len(segments)), ylim=(0, len(sizes)), title=name, ylabel="bytes a segment")
        axes.add_patch(plt.Rectangle((0, 0), len(segments), len(sizes), fill=False, hatch="//", edgecolor=GREY, alpha=0.4))
        for row in [row for row in cells if row["transport"] == transport]:
            x, y = segments.index(int(row["segments"])), sizes.index(int(row["bytes"]))
            ratio, error = float(row["to_sendmsg"]), float(row["to_sendmsg_error"])
            color = plt.get_cmap("RdBu_r")(scale(math.log2(ratio)))
            axes.add_patch(plt.Rectangle((x, y), 1, 1, facecolor=color, edgecolor="white", linewidth=0.5))
            text = "white" if abs(math.log2(ratio)) > 1.7 else "black"
            axes.text(x + 0.5, y + 0.5, f"{ratio:.2f}", ha="center", va="center", color=text, fontsize=7.5)
            if abs(ratio - 1) <= 2 * error:
                axes.plot(x + 0.9, y + 0.82, marker="o", markersize=2, color="black")
        axes.set_yticks([place + 0.5 for place in range(len(sizes))], sizes)
        axes.tick_params(length=0)
        dress(axes)
    axes.set_xticks([place + 0.5 for place in range(len(segments))], segments)
    axes.set_xlabel("segments in the list.   A dot: within two standard errors of 1")
    save(figure, path)


def draw_stalled(rows, path):
    """Processor use over the number of stalled sends, for all who can wait for so many."""
    colors = {"ours": ("SocketSendAsync", OURS), "NIO": ("SwiftNIO", SKY), "C, epoll": ("C, epoll", BLUE)}
    stalled = [row for row in rows if row["row"] == "stalled" and row["figure"].startswith("processor use")]
    figure, axes = plt.subplots(figsize=(8, 4))
    axes.set(xscale="log", xlabel="sends that wait for room, Unix streams", ylabel="% of one processor")
    lines = []
    for candidate in dict.fromkeys(row["candidate"] for row in stalled):
        points = [row for row in stalled if row["candidate"] == candidate]
        name, color = colors.get(candidate, (candidate, GREEN))
        lines.append((name, color, "-", [int(row["size"]) for row in points], [float(row["value"]) for row in points]))
    axes.set_ylim(0, 1.1 * max(value for line in lines for value in line[4]))
    draw_lines(axes, lines)
    counts = sorted({int(row["size"]) for row in stalled})
    axes.set_xticks(counts, counts)
    save(figure, path)


def draw_files(rows, path):
    """Wall time over the length of a file's region, as a ratio to sendfile by hand."""
    ways = {
        "sendfile by hand": (GREY, "-"), "sendv_perform_parts": (OURS, "-"), "Swift": (SWIFT, ":"),
        "sendv_perform_parts with a time-out": (PINK, "-"), "pread and sendmsg": (BLUE, "-"), "mmap and sendmsg": (GREEN, "-"),
        "SwiftNIO": (SKY, "-"), "Python socket.sendfile": (ORANGE, "-")}
    figure, all_axes = plt.subplots(2, 1, figsize=(8, 8.5), sharex=True)
    for axes, transport in zip(all_axes, ("TCP", "Unix")):
        lines = []
        for way, (color, style) in ways.items():
            points = [row for row in rows if row["way"] == way and row["transport"] == transport]
            sizes = [int(row["region"]) / 1024 for row in points]
            lines.append((way, color, style, sizes, [float(row["wall_to_sendfile"]) for row in points]))
        ratios = [ratio for line in lines for ratio in line[4]]
        axes.set(xscale="log", yscale="log", ylabel="time, sendfile by hand = 1", title="TCP" if transport == "TCP" else "Unix stream")
        axes.set_ylim(min(ratios) / 1.2, max(ratios) * 1.2)
        draw_lines(axes, lines)
        ticks = [tick for tick in (0.5, 1, 2, 4, 8) if min(ratios) / 1.2 < tick < max(ratios) * 1.2]
        axes.set_yticks(ticks, ticks)
        axes.yaxis.set_minor_formatter("")
        axes.set_xticks(lines[0][3], [f"{size:g}" for size in lines[0][3]])
        axes.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
    all_axes[1].set_xlabel("KiB of the region")
    save(figure, path)


def save(figure, path):
    figure.patch.set_alpha(0)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None} if path.endswith(".svg") else None)
    print(path)


def main():
    sends, waits, files, folder = sys.argv[1:]
    if os.path.exists(sends):
        draw_growth(read(sends), f"{folder}/growth.svg")
        draw_map(read(sends), f"{folder}/ratios.svg")
    if os.path.exists(waits):
        draw_stalled(read(waits), f"{folder}/stalled.svg")
    if os.path.exists(files):
        draw_files(read(files), f"{folder}/files.svg")


if __name__ == "__main__":
    main()
