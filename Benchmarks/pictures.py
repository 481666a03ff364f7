# SPDX-License-Identifier: Apache-2.0
"""Draws the pictures of README and Docs from the CSV that SideBySide, Waiting and bench-files write. Draws nothing from a
file that is not there.

    python3 Benchmarks/pictures.py build/bench.csv build/bench-async.csv build/bench-files.csv Docs
"""

import csv
import math
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402, I202


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def draw_growth(rows, path):
    """Time over the number of segments, at 16 bytes, for all candidates."""
    figure, axes = plt.subplots(figsize=(9, 5.5))
    candidates = dict.fromkeys(row["candidate"] for row in rows if row["series"] == "segments")
    for color, candidate in zip(plt.get_cmap("tab20").colors[::2] + plt.get_cmap("tab20").colors[1::2], candidates):
        points = [row for row in rows if row["series"] == "segments" and row["candidate"] == candidate]
        ours = candidate in ("sendv_all", "Swift")
        axes.plot(
            [int(row["segments"]) for row in points],
            [float(row["median_ns"]) / 1000 for row in points],
            marker="o", markersize=3, label=candidate, color=color, linewidth=2.5 if ours else 1, zorder=3 if ours else 2)
    axes.set(xscale="log", yscale="log", xlabel="segments of 16 bytes", ylabel="microseconds a send, Unix stream")
    axes.set_title("Time of one gathered send")
    axes.grid(True, which="major", alpha=0.3)
    axes.legend(fontsize=8, ncols=2)
    save(figure, path)


def draw_map(rows, path):
    """sendv_all's time as a ratio to the plain sendmsg loop's, over segments and bytes, a map a transport. What was measured stands
    at even distances, so that neighbours do not hide each other."""
    cells = [row for row in rows if row["series"] == "cell" and row["candidate"] == "sendv_all"]
    transports = list(dict.fromkeys(row["transport"] for row in cells))
    segments = sorted({int(row["segments"]) for row in cells})
    sizes = sorted({int(row["bytes"]) for row in cells})
    figure, all_axes = plt.subplots(1, len(transports), figsize=(17, 4.8), sharey=True)
    for axes, transport in zip(all_axes, transports):
        here = [row for row in cells if row["transport"] == transport]
        places = [(segments.index(int(row["segments"])), sizes.index(int(row["bytes"]))) for row in here]
        ratios = [float(row["to_sendmsg"]) for row in here]
        points = axes.scatter(*zip(*places), c=ratios, cmap="RdYlGn_r", vmin=0, vmax=2, s=400, marker="s", edgecolors="grey")
        for place, ratio in zip(places, ratios):
            axes.annotate(f"{ratio:.2f}", place, ha="center", va="center", fontsize=7)
        axes.set(title=transport, xlabel="segments", xlim=(-0.7, len(segments) - 0.3), ylim=(-0.7, len(sizes) - 0.3))
        axes.set_xticks(range(len(segments)), segments, rotation=60, fontsize=8)
        axes.set_yticks(range(len(sizes)), sizes, fontsize=8)
    all_axes[0].set_ylabel("bytes a segment")
    figure.colorbar(points, ax=all_axes, label="time, sendmsg loop = 1")
    save(figure, path)


def draw_stalled(rows, path):
    """Processor use over the number of stalled sends, for all who can wait for so many."""
    stalled = [row for row in rows if row["row"] == "stalled" and row["figure"].startswith("processor use")]
    figure, axes = plt.subplots(figsize=(8, 4.5))
    for candidate in dict.fromkeys(row["candidate"] for row in stalled):
        points = [row for row in stalled if row["candidate"] == candidate]
        sizes = [int(row["size"]) for row in points]
        ours = candidate == "ours"
        axes.plot(
            sizes, [float(row["value"]) for row in points], marker="o", markersize=4,
            label="SocketSendAsync" if ours else candidate, linewidth=2.5 if ours else 1, zorder=3 if ours else 2)
    axes.set(xscale="log", xlabel="sends that wait for room, Unix streams", ylabel="% of one processor")
    axes.set_ylim(bottom=0)
    axes.set_xticks(sorted({int(row["size"]) for row in stalled}), sorted({int(row["size"]) for row in stalled}))
    axes.set_title("Processor use of stalled sends")
    axes.grid(True, which="major", alpha=0.3)
    axes.legend(fontsize=8)
    save(figure, path)


def draw_files(rows, path):
    """Wall time over the length of a file's region, as a ratio to sendfile by hand. Grey text and no background: read on dark and
    on light pages. The colours are Okabe and Ito's."""
    grey = "#808080"
    ways = {
        "sendfile by hand": ("#808080", "-"), "sendv_perform_parts": ("#D55E00", "-"), "Swift": ("#D55E00", ":"),
        "sendv_perform_parts with a time-out": ("#CC79A7", "-"), "pread and sendmsg": ("#0072B2", "-"),
        "mmap and sendmsg": ("#009E73", "-"), "SwiftNIO": ("#56B4E9", "-"), "Python socket.sendfile": ("#E69F00", "-")}
    figure, all_axes = plt.subplots(2, 1, figsize=(9, 8), sharex=True)
    for axes, transport in zip(all_axes, ("TCP", "Unix")):
        ends = []
        for way, (color, style) in ways.items():
            points = [row for row in rows if row["way"] == way and row["transport"] == transport]
            ratios = [float(row["wall_to_sendfile"]) for row in points]
            axes.plot([int(row["region"]) / 1024 for row in points], ratios, marker="o", markersize=4, color=color, linestyle=style)
            ends.append((ratios[-1], way, color))
        axes.set(xscale="log", yscale="log", ylabel="time, sendfile by hand = 1")
        low, high = axes.get_ylim()
        place = 0.0
        for ratio, way, color in sorted(ends):
            place = max(place, math.log(ratio / low) / math.log(high / low))
            axes.text(1.02, place, way, color=color, transform=axes.transAxes, va="center", fontsize=9)
            place += 0.06
        axes.set_title(transport, color=grey)
        axes.tick_params(which="both", colors=grey)
        axes.yaxis.label.set_color(grey)
        axes.grid(True, which="major", alpha=0.3)
        axes.spines[:].set_color(grey)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter("{x:g}")
            axis.set_minor_formatter("{x:g}" if axis is axes.yaxis else "")
        axes.patch.set_alpha(0)
    axes.set_xlabel("KiB of the region", color=grey)
    figure.patch.set_alpha(0)
    save(figure, path)


def save(figure, path):
    figure.savefig(path, dpi=110, bbox_inches="tight")
    print(path)


def main():
    sends, waits, files, folder = sys.argv[1:]
    if os.path.exists(sends):
        draw_growth(read(sends), f"{folder}/growth.png")
        draw_map(read(sends), f"{folder}/ratios.png")
    if os.path.exists(waits):
        draw_stalled(read(waits), f"{folder}/stalled.png")
    if os.path.exists(files):
        draw_files(read(files), f"{folder}/files.svg")


if __name__ == "__main__":
    main()
