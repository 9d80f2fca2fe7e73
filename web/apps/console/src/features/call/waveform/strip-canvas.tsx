import { useColorScheme, useElementSize } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import type { Ink } from './draw.ts';
import { drawStrip } from './draw.ts';
import type { Strip } from './model.ts';
import css from './waveform.module.css';

/** The drawn strip, sharp on any screen, redrawn when it, its size or the colours change. */
export function StripCanvas({ strip }: { strip: Strip }) {
  const { ref, width, height } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useColorScheme();
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || width === 0) return;
    const ratio = window.devicePixelRatio;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawStrip(context, strip, width, height, inkOf(element));
  }, [strip, width, height, scheme]);
  return (
    <div ref={ref} className={css.canvasFrame}>
      <canvas ref={canvas} className={css.canvas} aria-hidden />
    </div>
  );
}

/** Colours as computed: canvas knows no `light-dark()`, so each is read through an element's own colour. */
function inkOf(element: HTMLElement): Ink {
  const color = (name: string) => {
    element.style.color = `var(--${name})`;
    return getComputedStyle(element).color;
  };
  return {
    customer: color('accent'),
    agent: color('agent'),
    mask: color('mask'),
    maskSoft: color('mask-soft'),
    line: color('line'),
    lineStrong: color('line-strong'),
    warn: color('warn'),
    hold: color('raised'),
    text: color('ink-dim'),
  };
}
