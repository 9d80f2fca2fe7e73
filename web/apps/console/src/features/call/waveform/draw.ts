import type { Channel } from '@trunkline/client/console';
import type { Strip } from './model.ts';
import { columnsOf, ticksOf } from './model.ts';

/** The page's colours, read from its tokens each time. */
export interface Ink {
  customer: string;
  agent: string;
  mask: string;
  maskSoft: string;
  line: string;
  lineStrong: string;
  warn: string;
  hold: string;
  text: string;
}

interface Lane {
  top: number;
  height: number;
}

/** Of the root's font size, as in the style sheet: the axis grows with the reader's text. */
const AXIS_REM = 1.125;
const LABEL_REM = 0.6875;
const LANE_GAP_PX = 4;

/** Draws a strip of two lanes and an axis; `width` and `height` are CSS pixels. */
export function drawStrip(
  context: CanvasRenderingContext2D,
  strip: Strip,
  width: number,
  height: number,
  ink: Ink,
): void {
  const remPx = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const base = height - AXIS_REM * remPx;
  const laneHeight = (base - LANE_GAP_PX) / 2;
  const lanes: Record<Channel, Lane> = {
    customer: { top: 0, height: laneHeight },
    to_customer: { top: laneHeight + LANE_GAP_PX, height: laneHeight },
  };
  const x = (ms: number) => (ms / strip.durationMs) * width;
  context.clearRect(0, 0, width, height);
  for (const hold of strip.holds) {
    context.fillStyle = ink.hold;
    const from = x(hold.from_ms);
    context.fillRect(from, 0, Math.max(2, x(hold.to_ms ?? strip.durationMs) - from), base);
  }
  for (const channel of ['customer', 'to_customer'] as const) {
    context.fillStyle = channel === 'customer' ? ink.customer : ink.agent;
    if (strip.peaks)
      drawPeaks(
        context,
        columnsOf(strip.peaks.channels[channel], Math.floor(width / 2)),
        lanes[channel],
      );
    else drawSpeech(context, strip, channel, lanes[channel], x);
  }
  for (const mask of strip.masks) {
    const from = x(mask.from_ms);
    drawMask(context, from, Math.max(4, x(mask.to_ms) - from), lanes[mask.channel], ink);
  }
  for (const gap of strip.gaps) {
    const from = x(gap.from_ms);
    drawGap(context, from, Math.max(4, x(gap.to_ms) - from), lanes[gap.channel], ink);
  }
  drawAxis(context, strip, { width, height, base, remPx }, ink);
}

/** Bars of two pixels around the middle of the lane, with a hairline where it is silent. */
function drawPeaks(context: CanvasRenderingContext2D, columns: number[], lane: Lane): void {
  const middle = lane.top + lane.height / 2;
  columns.forEach((peak, index) => {
    // Telephone speech stays far below full scale; the root shows it without hiding what is louder.
    const half = Math.max(0.5, Math.sqrt(Math.min(peak, 100) / 100) * (lane.height / 2 - 1));
    context.fillRect(index * 2, middle - half, 1.5, half * 2);
  });
}

function drawSpeech(
  context: CanvasRenderingContext2D,
  strip: Strip,
  channel: Channel,
  lane: Lane,
  x: (ms: number) => number,
): void {
  const height = lane.height / 3;
  for (const speech of strip.speech) {
    if (speech.channel !== channel) continue;
    context.beginPath();
    const width = Math.max(2, x(speech.to_ms) - x(speech.from_ms));
    context.roundRect(x(speech.from_ms), lane.top + height, width, height, 2);
    context.fill();
  }
}

/** Hatched, so that it is seen without its colour. */
function drawMask(
  context: CanvasRenderingContext2D,
  from: number,
  width: number,
  lane: Lane,
  ink: Ink,
): void {
  context.save();
  context.beginPath();
  context.rect(from, lane.top + 1, width, lane.height - 2);
  context.clip();
  context.fillStyle = ink.maskSoft;
  context.fillRect(from, lane.top, width, lane.height);
  context.strokeStyle = ink.mask;
  context.lineWidth = 1.5;
  context.beginPath();
  for (let at = from - lane.height; at < from + width; at += 5) {
    context.moveTo(at, lane.top + lane.height);
    context.lineTo(at + lane.height, lane.top);
  }
  context.stroke();
  context.restore();
}

function drawGap(
  context: CanvasRenderingContext2D,
  from: number,
  width: number,
  lane: Lane,
  ink: Ink,
): void {
  context.save();
  context.strokeStyle = ink.warn;
  context.setLineDash([3, 2]);
  context.strokeRect(from + 0.5, lane.top + 1.5, width - 1, lane.height - 3);
  context.restore();
}

interface Frame {
  width: number;
  height: number;
  /** Where the lanes end and the axis is. */
  base: number;
  remPx: number;
}

function drawAxis(context: CanvasRenderingContext2D, strip: Strip, frame: Frame, ink: Ink): void {
  const { width, height, base, remPx } = frame;
  context.fillStyle = ink.line;
  context.fillRect(0, base, width, 1);
  context.font = `${LABEL_REM * remPx}px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textBaseline = 'bottom';
  for (const ms of ticksOf(strip.durationMs, width, 4.5 * remPx)) {
    const at = Math.min((ms / strip.durationMs) * width, width - 1);
    context.fillStyle = ink.lineStrong;
    context.fillRect(at, base, 1, 4);
    context.fillStyle = ink.text;
    const isLast = at > width - 2.25 * remPx;
    context.textAlign = ms === 0 ? 'left' : isLast ? 'right' : 'center';
    context.fillText(label(ms), at, height);
  }
}

function label(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
