# SPDX-License-Identifier: Apache-2.0
"""Measures sendv_all and the Swift call in several processes, and prints the medians, least and most of their ratios.

Where a list and its bytes stand in memory differs from process to process, and with it small differences of time.

    python3 Benchmarks/spread.py Benchmarks/.build/release/SideBySide [COUNT]
"""

import csv
import statistics
import subprocess
import sys
import tempfile


def measure(program):
    """One process: by transport, segments and bytes the ratios of sendv_all to the plain loop and to one contiguous send, that of
    Swift to sendv_all, and the ns a segment that it is more."""
    with tempfile.NamedTemporaryFile("r", suffix=".csv") as file:
        subprocess.run([program, "--cells", "--csv", file.name], check=True, stdout=subprocess.DEVNULL)
        rows = [row for row in csv.DictReader(file) if row["series"] == "cell"]
    core = {cell(row): row for row in rows if row["candidate"] == "sendv_all"}
    swift = {cell(row): float(row["to_sendv_all"]) for row in rows if row["candidate"] == "Swift"}
    return {
        at: {
            "sendmsg": float(core[at]["to_sendmsg"]),
            "contiguous": float(core[at]["to_contiguous"]),
            "swift": ratio,
            "more": (ratio - 1) * float(core[at]["median_ns"]) / at[1],
        }
        for at, ratio in swift.items()
    }


def cell(row):
    return row["transport"], int(row["segments"]), int(row["bytes"])


def spread(values, places):
    return f"{statistics.median(values):.{places}f} ({min(values):.{places}f} to {max(values):.{places}f})"


def print_table(title, runs, chosen, figure, places):
    print(f"\n| {title} | unix | tcp | udp |\n|---|--:|--:|--:|")
    for segments, length in dict.fromkeys(at[1:] for at in runs[0] if chosen(at[1])):
        columns = []
        for transport in ("unix", "tcp", "udp"):
            values = [run[at][figure] for run in runs if (at := (transport, segments, length)) in run]
            columns.append(spread(values, places) if values else "")
        print(f"| {segments} x {length} | " + " | ".join(columns) + " |")


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    runs = []
    for number in range(1, count + 1):
        print(f"process {number} of {count}", file=sys.stderr)
        runs.append(measure(program))
    print_table("sendv_all to sendmsg", runs, lambda segments: True, "sendmsg", 2)
    print_table("sendv_all to contiguous", runs, lambda segments: True, "contiguous", 2)
    print_table("Swift to sendv_all", runs, lambda segments: segments <= 64, "swift", 2)
    print_table("ns a segment more", runs, lambda segments: segments > 64, "more", 1)


main()
