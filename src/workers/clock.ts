/** The clock of bpf_ktime_get_ns: monotonic and the same in every thread. */
export function monotonicNanoseconds(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e9 + nanoseconds;
}
