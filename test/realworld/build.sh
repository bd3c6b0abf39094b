#!/bin/sh
# Build the programs with every clang that is here, at every -mcpu: build.sh DIRECTORY
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?a directory}
mkdir -p "$out"
for clang in 14 16 19; do
  command -v "clang-$clang" >/dev/null || continue
  for cpu in v1 v2 v3 v4; do
    [ "$cpu" = v4 ] && [ "$clang" -lt 19 ] && continue
    for name in xdp tc features; do
      "clang-$clang" -O2 -g -target bpf "-mcpu=$cpu" -I/usr/include/$(uname -m)-linux-gnu \
        -fdebug-compilation-dir=. -c "$here/src/$name.bpf.c" -o "$out/$name.clang$clang.$cpu.o" &&
        llvm-strip -g "$out/$name.clang$clang.$cpu.o"
    done
  done
done
