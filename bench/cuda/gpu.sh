#!/bin/sh
# bench/cuda/gpu.sh: what ./dev gpu does. Without CMake and without any registry: nvcc and its host compiler are all that
# the table of the GPU asks of a machine; xsimd, oneTBB and Catch2 add rows and checks where they are found.
# SPDX-License-Identifier: MIT
set -eu
root=$1
shift
deps=$root/build/deps
out=$root/build/gpu

say() { printf '== %s\n' "$*"; }
fail() {
    printf 'dev: %s\n' "$*" >&2
    exit 1
}

find_tools() {
    nvcc=
    for candidate in "$(command -v nvcc || true)" /usr/local/cuda/bin/nvcc "$deps/cuda/bin/nvcc"; do
        if [ -z "$nvcc" ] && [ -x "$candidate" ]; then nvcc=$candidate; fi
    done
    sanitizer=
    for candidate in "$(command -v compute-sanitizer || true)" /usr/local/cuda/bin/compute-sanitizer \
        "$deps/cuda/bin/compute-sanitizer" "$out/compute-sanitizer/compute-sanitizer"; do
        if [ -z "$sanitizer" ] && [ -x "$candidate" ]; then sanitizer=$candidate; fi
    done
    cxx=${CXX:-$(command -v g++ || command -v clang++ || true)}
    cores=$(getconf _NPROCESSORS_ONLN)
}

# object NAME COMMAND...: runs the compiler unless the object is newer than all sources; as many at a time as there are cores.
objects="" running=0
object() {
    target=$out/$1.o
    shift
    objects="$objects $target"
    if [ -e "$target" ] && [ -z "$(find "$root/cuda" "$root/include" "$root/bench/cuda" "$root/tests" -type f \
        -newer "$target" | head -1)" ]; then return; fi
    if [ "$running" -ge "$cores" ]; then wait_for_compilers; fi
    ("$@" -o "$target" || touch "$out/failed") &
    running=$((running + 1))
}
wait_for_compilers() {
    wait
    running=0
    if [ -e "$out/failed" ]; then fail "gpu: a source does not compile"; fi
}

build_for_gpu() {
    say "gpu: building with $nvcc"
    for source in "$root"/cuda/*.cu "$root"/bench/cuda/*.cu; do
        name=$(basename "$source" .cu)
        mkdir -p "$out/ptx_$name"
        object "$name" "$nvcc" -std=c++20 --expt-relaxed-constexpr -O3 -diag-suppress=554 -I"$root" -I"$root/include" \
            -gencode=arch=compute_80,code=sm_80 -gencode=arch=compute_90,code=sm_90 \
            -gencode=arch=compute_90,code=compute_90 --keep --keep-dir "$out/ptx_$name" -c "$source"
    done
    wait_for_compilers
    for kept in "$out"/ptx_*; do
        if [ -n "$(ls "$kept")" ]; then
            sh "$root/cmake/cuda_traps.sh" "$kept" || { rm -f "$out"/*.o && fail "gpu: nvcc made no working code"; }
        fi
    done
    rm -rf "$out"/ptx_*
    # shellcheck disable=SC2086 # a list of files
    "$nvcc" -cudart static $objects -o "$out/lanes_gpu" -ldl
    library=
    for source in "$root"/cuda/*.cu; do library="$library $out/$(basename "$source" .cu).o"; done
}

# For what runs on the CPU. oneTBB lies next to the programs, so that they can be taken to another machine, where it is
# used again; LANES_INCLUDES may name the places of headers, as -isystem options.
flags_for_cpu() {
    flags="-std=c++20 -I$root -I$root/include -isystem $deps/usr/include ${LANES_INCLUDES:-}"
    tbb=
    for file in $(ldconfig -p 2>/dev/null | sed -n 's/.*libtbb\.so\.12 .*=> //p'); do tbb=$file; done
    if [ -n "$tbb" ]; then cp -fL "$tbb" "$out/libtbb.so.12"; fi
    if [ -e "$out/libtbb.so.12" ]; then # nvcc takes no library whose name ends in a version
        ln -sf libtbb.so.12 "$out/libtbb.so" && tbb=$out/libtbb.so
    fi
}
build_for_cpu() {
    [ -n "$cxx" ] || return 0
    flags_for_cpu
    say "gpu: building the comparison with the CPU"
    # shellcheck disable=SC2016,SC2086 # the linker's own word; a list of flags
    "$cxx" $flags -O3 -march=native "$root/bench/cuda/cpu.cpp" -o "$out/lanes_cpu" ${tbb:+"$tbb"} \
        -Wl,-rpath,'$ORIGIN' -lpthread || say "gpu: that does not build here; the table will say so"
}

# The conformance suite, where Catch2 is.
build_suite() {
    catch2=
    for file in "$deps/usr/lib/libCatch2.a" "$deps"/usr/lib/*/libCatch2.a /usr/lib/*/libCatch2.a /usr/local/lib/libCatch2.a; do
        if [ -z "$catch2" ] && [ -e "$file" ]; then catch2=$file; fi
    done
    flags_for_cpu
    if [ -z "$catch2" ] || [ -z "$tbb" ] || [ -z "$cxx" ]; then
        say "gpu: without the conformance suite: Catch2, oneTBB or a C++ compiler was not found"
        return
    fi
    say "gpu: building the conformance suite"
    objects=
    for source in "$root"/tests/cuda/device_main.cpp "$root"/tests/matmul*.cpp "$root"/tests/monte_carlo*.cpp \
        "$root"/tests/recurrence*.cpp "$root"/tests/reduce*.cpp "$root"/tests/window*.cpp; do
        # shellcheck disable=SC2086 # a list of flags
        object "suite_$(basename "$source" .cpp)" "$cxx" $flags -O1 -DLANES_CUDA -DLANES_TEST_DEVICE \
            "-DLANES_TEST_DATA=\"$root/../shared/data\"" -c "$source"
    done
    wait_for_compilers
    # shellcheck disable=SC2016,SC2086 # the linker's own word; lists of files
    "$nvcc" -cudart static -ccbin "$cxx" $objects $library "$catch2" "$tbb" -Xlinker -rpath -Xlinker '$ORIGIN' \
        -o "$out/conformance_cuda" -ldl -lpthread
}

# build [suite]
build() {
    find_tools
    mkdir -p "$out"
    rm -f "$out/failed"
    if [ -z "$nvcc" ]; then
        [ -x "$out/lanes_gpu" ] || fail "gpu: there is no nvcc, and no build/gpu/lanes_gpu built elsewhere"
        return 0
    fi
    build_for_gpu
    build_for_cpu
    [ -z "${1:-}" ] || build_suite
}

# cuBLAS and cuRAND beside nvcc, where the loader does not look.
find_libraries() {
    [ -n "$nvcc" ] || return 0
    beside=$(dirname "$(dirname "$(readlink -f "$nvcc")")")
    for file in "$beside"/lib*/libcublas.so.1?; do
        [ ! -e "$file" ] || export LANES_CUBLAS="${LANES_CUBLAS:-$file}"
    done
    for file in "$beside"/lib*/libcurand.so.10; do
        [ ! -e "$file" ] || export LANES_CURAND="${LANES_CURAND:-$file}"
    done
}

machine() {
    date
    nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem --format=csv 2>&1 || true
    [ -z "$nvcc" ] || "$nvcc" --version | tail -2
    uname -srm
    sed -n 's/^model name[^:]*: /CPU: /p' /proc/cpuinfo | head -1
}

# report NAME COMMAND...: runs it into build/gpu/NAME.txt and shows that.
report() {
    file=$out/$1.txt
    shift
    code=0
    { machine && "$@"; } >"$file" 2>&1 || code=$?
    cat "$file"
    say "gpu: the report is build/gpu/$(basename "$file")"
    return "$code"
}

table() {
    rm -f "$out/cpu.txt"
    if [ -x "$out/lanes_cpu" ] && "$out/lanes_gpu" present >/dev/null; then
        say "gpu: timing the CPU"
        "$out/lanes_cpu" >"$out/cpu.txt" || echo "absent: lanes_cpu ended with $?" >>"$out/cpu.txt"
    fi
    report report "$out/lanes_gpu" times "$out/cpu.txt"
}

# Every kernel under NVIDIA's tools for memory and races, at small sizes: golden bits and borders, then the suite.
sanitized() {
    "$out/lanes_gpu" present || return
    if [ -z "$sanitizer" ]; then
        echo "skipped: there is no compute-sanitizer on this machine; CUDA's toolkit has it, and so has the package"
        echo "nvidia-cuda-sanitizer-api of Python's registry (its program and libraries may lie in build/gpu/compute-sanitizer)"
        return 77
    fi
    ended=0
    for tool in memcheck racecheck synccheck; do
        echo "-- $tool: golden bits, sizes to 100000"
        "$sanitizer" --tool "$tool" --error-exitcode 99 "$out/lanes_gpu" check || ended=1
    done
    if [ -x "$out/conformance_cuda" ]; then
        for tool in memcheck racecheck; do
            echo "-- $tool: the conformance suite, thinned out"
            LANES_TEST_THINNED=1 "$sanitizer" --tool "$tool" --error-exitcode 99 "$out/conformance_cuda" || ended=1
        done
    else
        echo "skipped: the conformance suite was not built"
    fi
    return "$ended"
}

case ${1:-} in
build) build suite ;;
'') build && find_libraries && table ;;
suite) build suite && report suite "$out/conformance_cuda" ;;
check) build suite && report check sanitized ;;
large) build && report large "$out/lanes_gpu" large ;;
*) fail "gpu: unknown argument $1" ;;
esac
