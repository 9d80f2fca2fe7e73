import type { Channel, Upload, UploadState } from '@trunkline/client/console';
import { useEffect, useRef, useState } from 'react';
import { useClient } from '../../app/client-context.ts';
import { meterOf, peakOf } from './frames.ts';
import type { Captured, Source } from './microphone.ts';
import { capture, CaptureError } from './microphone.ts';

export interface CaptureForm {
  sources: Partial<Record<Source, Channel>>;
  agent: string;
}

export interface CaptureState {
  phase: 'idle' | 'asking' | 'running';
  /** Why it could not begin. */
  error: string | null;
  startedMs: number | null;
  channels: Channel[];
  /** 0 to 100, by channel. */
  levels: number[];
  /** Sources that ended by themselves. */
  ended: Source[];
  upload: UploadState | null;
}

const IDLE: CaptureState = {
  phase: 'idle',
  error: null,
  startedMs: null,
  channels: [],
  levels: [],
  ended: [],
  upload: null,
};

/** Captures this computer's sound and uploads it until it is stopped, or the page is left. */
export function useCapture() {
  const client = useClient();
  const [state, setState] = useState(IDLE);
  const running = useRef<{ captured: Captured; upload: Upload } | null>(null);
  const change = (part: Partial<CaptureState>) => setState((old) => ({ ...old, ...part }));

  const stop = () => {
    running.current?.captured.stop();
    running.current?.upload.finish();
    running.current = null;
    change({ phase: 'idle', levels: [] });
  };

  const start = async ({ sources, agent }: CaptureForm) => {
    setState({ ...IDLE, phase: 'asking' });
    // Samples that come before the upload is described wait for it.
    const early: Int16Array<ArrayBuffer>[] = [];
    let upload: Upload | null = null;
    let channels: Channel[] = [];
    const onPiece = (samples: Int16Array<ArrayBuffer>) => {
      if (upload === null) early.push(samples);
      else upload.push(samples.buffer);
      const levels = channels.map((_, index) => meterOf(peakOf(samples, index, channels.length)));
      if (running.current !== null) change({ levels });
    };
    const onEnded = (source: Source) =>
      setState((old) => ({ ...old, ended: [...old.ended, source] }));
    try {
      const captured = await capture({ sources, onPiece, onEnded });
      channels = captured.channels;
      const audio = {
        encoding: 'pcm16' as const,
        sample_rate_hz: captured.rateHz,
        channels,
        ...(agent === '' ? {} : { agent }),
      };
      upload = client.upload(audio, (uploading) => {
        change({ upload: uploading });
        if (uploading.phase === 'over' || uploading.phase === 'failed') stop();
      });
      for (const samples of early) upload.push(samples.buffer);
      running.current = { captured, upload };
      change({ phase: 'running', startedMs: Date.now(), channels });
    } catch (error) {
      const message =
        error instanceof CaptureError ? error.message : 'The sound cannot be captured here.';
      setState({ ...IDLE, error: message });
    }
  };

  useEffect(
    () => () => {
      running.current?.captured.stop();
      running.current?.upload.finish();
    },
    [],
  );
  return { state, start, stop };
}
