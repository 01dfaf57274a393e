#!/bin/sh
# bench/cuda/gpu.sh: what ./dev gpu does. Without CMake: nvcc and its host compiler are all that it asks of a machine.
# SPDX-License-Identifier: MIT
set -eu
root=$1
shift
deps=$root/build/deps

say() { printf '== %s\n' "$*"; }
fail() {
    printf 'dev: %s\n' "$*" >&2
    exit 1
}

gpu() {
    out=$root/build/gpu
    mkdir -p "$out"
    nvcc=
    for candidate in "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc "$deps/cuda/bin/nvcc"; do
        if [ -z "$nvcc" ] && [ -x "$candidate" ]; then nvcc=$candidate; fi
    done
    if [ -n "$nvcc" ]; then
        say "gpu: building with $nvcc"
        for source in "$root"/cuda/*.cu "$root"/bench/cuda/gpu.cu; do
            "$nvcc" -std=c++20 --expt-relaxed-constexpr -O3 -diag-suppress=554 -I"$root" -I"$root/include" \
                -gencode=arch=compute_80,code=sm_80 -gencode=arch=compute_90,code=sm_90 \
                -gencode=arch=compute_90,code=compute_90 -c "$source" -o "$out/$(basename "$source" .cu).o" &
            children="${children:-} $!"
        done
        for child in $children; do wait "$child" || fail "gpu: a source does not compile"; done
        "$nvcc" -cudart static "$out"/*.o -o "$out/lanes_gpu" -ldl
    elif [ ! -x "$out/lanes_gpu" ]; then
        fail "gpu: there is no nvcc, and no build/gpu/lanes_gpu built elsewhere"
    fi
    [ "${1:-}" != build ] || return 0
    code=0
    {
        date
        nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv 2>&1 || true
        [ -z "$nvcc" ] || "$nvcc" --version | tail -2
        uname -srm
        "$out/lanes_gpu"
    } >"$out/report.txt" 2>&1 || code=$?
    cat "$out/report.txt"
    say "gpu: the report is build/gpu/report.txt"
    return "$code"
}

gpu "$@"
