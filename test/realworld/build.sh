#!/bin/sh
# Build the programs as they are committed, into a directory; record.ts then records what a kernel makes of them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:?a directory}
mkdir -p "$out"
while read -r clang cpu level; do
  for name in xdp tc features styles declared outers; do
    object="$out/$name.clang$clang.$cpu.o"
    "clang-$clang" "$level" -g -target bpf "-mcpu=$cpu" -D__TARGET_ARCH_x86 "-I/usr/include/$(uname -m)-linux-gnu" \
      -fdebug-compilation-dir=. -c "$here/src/$name.bpf.c" -o "$object"
    llvm-strip -g "$object"
  done
done <<LIST
14 v2 -O2
16 v3 -O1
19 v4 -O2
LIST
