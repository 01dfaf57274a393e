#!/bin/sh
# cmake/cuda_traps.sh DIRECTORY: looks at the PTX that nvcc made of a source, and removes it. An element of a constexpr array
# of the host has no value in device code, but where a function is constexpr and not marked __device__ nvcc says nothing and
# reads from an address near 0, or, when its optimiser sees that, ends the kernel there with a trap. A single constexpr
# number is not concerned.
# SPDX-License-Identifier: MIT
set -eu
found=$(find "$1" -name '*.ptx' | head -1)
[ -n "$found" ] || {
    echo "nvcc left no PTX in $1: the check of device code looks in the wrong place" >&2
    exit 1
}
find "$1" -name '*.ptx' -exec awk '
    function report(what) {
        printf "%s: device code uses a variable of the host (%s), in\n%s\n", FILENAME, what, kernel
        wrong = 1
        exit
    }
    /\.(entry|func) / { kernel = $0; split("", is_number) }
    /^[ \t]*(@!?%p[0-9]+ )?trap;/ { report("it ends with a trap") }
    /^[ \t]*mov\.[bu]64[ \t].*, -?[0-9]+;/ { split($2, name, ","); is_number[name[1]] = 1 }
    /^[ \t]*(@!?%p[0-9]+ )?(ld|st|atom|red)[.].*\[/ {
        address = $0
        sub(/^[^[]*\[/, "", address)
        sub(/[]+].*/, "", address)
        if (address ~ /^-?[0-9]/ || address in is_number) report($0)
    }
    END { exit wrong }' {} + >&2 || exit 1
rm -rf "$1"
