/** Interleaves float channels as 16-bit samples. A channel that is missing is silent. */
export function interleave(
  channels: readonly (Float32Array | undefined)[],
  count: number,
  out: Int16Array,
  at: number,
): void {
  channels.forEach((channel, index) => {
    for (let n = 0; n < count; n += 1) {
      const sample = Math.max(-1, Math.min(1, channel?.[n] ?? 0));
      out[at + n * channels.length + index] = Math.round(sample * 32_767);
    }
  });
}

/** The loudest of a channel's interleaved samples, 0 to 1. */
export function peakOf(samples: Int16Array, channel: number, channels: number): number {
  let peak = 0;
  for (let n = channel; n < samples.length; n += channels)
    peak = Math.max(peak, Math.abs(samples[n] ?? 0));
  return peak / 32_767;
}

/** How far a meter goes, 0 to 100: 60 dB below full scale is nothing. */
export function meterOf(peak: number): number {
  if (peak <= 0) return 0;
  return Math.round(Math.max(0, Math.min(100, 100 + (20 * Math.log10(peak) * 100) / 60)));
}
