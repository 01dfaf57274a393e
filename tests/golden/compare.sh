#!/bin/sh
# tests/golden/compare.sh BUILD: runs every golden program of a build directory and prints a table of what it found.
# SPDX-License-Identifier: MIT
set -eu
build=$1
programs=0 results=0 mismatches=0 broken=0 skipped=0
printf '%-10s %-18s %-4s %-5s %8s %11s\n' compiler -march -O fma results mismatches
while read -r compiler level optimisation contraction program; do
    row=$(printf '%-10s %-18s %-4s %-5s' "$compiler" "$level" "$optimisation" "$contraction")
    code=0
    case $level in
    native) output=$("$program") || code=$? ;;
    *) output=$("$build/bin/on_level" "$level" "$program") || code=$? ;;
    esac
    if [ "$code" = 77 ]; then
        printf '%s %s\n' "$row" "$output"
        skipped=$((skipped + 1))
        continue
    fi
    # "simd (avx2): 155 results, all bits equal" or "...: 155 results, 3 DIFFERENT", and a line for each difference
    seen=$(printf '%s\n' "$output" | awk '{ for (i = 2; i <= NF; ++i) if ($i == "results,") n += $(i - 1) } END { print n + 0 }')
    wrong=$(printf '%s\n' "$output" | awk '{ for (i = 2; i <= NF; ++i) if ($i == "DIFFERENT") n += $(i - 1) } END { print n + 0 }')
    printf '%s %8s %11s\n' "$row" "$seen" "$wrong"
    if [ "$wrong" != 0 ]; then printf '%s\n' "$output" | grep -E 'DIFFERENT|must be' | head -n 20; fi
    if [ "$seen" = 0 ] || { [ "$code" != 0 ] && [ "$wrong" = 0 ]; }; then
        printf '%s\n' "    the program failed with code $code"
        broken=$((broken + 1))
    fi
    programs=$((programs + 1)) results=$((results + seen)) mismatches=$((mismatches + wrong))
done <"$build/tests/golden/programs.txt"
printf '%s programs, %s skipped, %s results, %s mismatches' "$programs" "$skipped" "$results" "$mismatches"
if [ "$broken" != 0 ]; then printf ', %s programs FAILED' "$broken"; fi
printf '\n'
[ "$mismatches" = 0 ] && [ "$broken" = 0 ] && [ "$programs" != 0 ]
