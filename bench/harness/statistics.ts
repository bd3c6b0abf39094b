/** Order statistics of small samples. */

export function quantile(values: readonly number[], fraction: number): number {
  if (values.length === 0) throw new RangeError('quantile of no values');
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * fraction;
  const low = Math.floor(position);
  const below = sorted[low] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - low);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Distance from the smallest to the largest value, as a fraction of the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}
