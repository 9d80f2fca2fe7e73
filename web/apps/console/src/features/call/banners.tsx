import { IconAlertTriangle, IconEyeOff, IconMicrophoneOff } from '@tabler/icons-react';
import type { CallView, RecordingFailure } from '@trunkline/client/console';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { clock } from '../../ui/format.ts';
import { Prose } from '../../ui/prose.tsx';
import css from './call.module.css';

const FAILURES: Record<RecordingFailure, string> = {
  disk_full: 'The disk is full: make room, then new calls are recorded again.',
  store_failed: 'The store failed: the server’s log says how.',
  not_redacted: 'Its words are not known for all of it, so it may hold what must not be kept.',
  owner_lost: 'The server that carried it died, and what was said before cannot be heard again.',
};

/** What is missing from this call, why, and what to do about it. */
export function Banners({ view }: { view: CallView }) {
  const { transcription, recordingFailed } = view;
  return (
    <>
      {transcription && transcription.state !== 'running' && (
        <Banner
          icon={<IconMicrophoneOff size={18} aria-hidden />}
          isUrgent={transcription.state === 'failed' && view.ended === null}
          title={
            transcription.state === 'failed' ? 'The words stop here.' : 'This call has no words.'
          }
        >
          <Prose text={transcription.detail ?? 'The recogniser did not say why.'} />
        </Banner>
      )}
      {view.isQuarantined && (
        <Banner
          icon={<IconEyeOff size={18} aria-hidden />}
          isUrgent={false}
          title="This call is hidden from everyone but reviewers."
        >
          Something was found in it that somebody has to decide on: <Link to="/review">Review</Link>
          .
        </Banner>
      )}
      {recordingFailed && (
        <Banner
          icon={<IconAlertTriangle size={18} aria-hidden />}
          isUrgent={view.ended === null}
          title={
            recordingFailed.cause === 'not_redacted'
              ? 'This call has no sound.'
              : `Recording stopped at ${clock(recordingFailed.at_ms)}.`
          }
        >
          {FAILURES[recordingFailed.cause]}
        </Banner>
      )}
    </>
  );
}

interface BannerProps {
  icon: ReactNode;
  isUrgent: boolean;
  title: string;
  children: ReactNode;
}

function Banner({ icon, isUrgent, title, children }: BannerProps) {
  return (
    <div className={css.banner} data-urgent={isUrgent || undefined} role="status">
      {icon}
      <p>
        <strong>{title}</strong> {children}
      </p>
    </div>
  );
}
