import type { SummaryPoint, SummaryWritten } from '@trunkline/client/console';
import css from './guide.module.css';
import { sourceName, textOf } from './summary.ts';

interface SummaryTextProps {
  summary: SummaryWritten;
  sayOf: (utterance: string) => string | null;
  /** Leads to the sentence that a point is, or comes from. */
  onShow: (utterance: string) => void;
}

/** A summary to read: its sections, what is to be done, how the call was wrapped up, and who says so. */
export function SummaryText({ summary, sayOf, onShow }: SummaryTextProps) {
  const { sections, actions, disposition } = summary;
  return (
    <div className={css.summary}>
      {sections.map((section) => (
        <Points
          key={section.id}
          title={section.title}
          points={section.points}
          sayOf={sayOf}
          onShow={onShow}
        />
      ))}
      <Points title="To do" points={actions} sayOf={sayOf} onShow={onShow} />
      {disposition != null && (
        <div>
          <h3>Disposition</h3>
          <p>{disposition.title}</p>
        </div>
      )}
      <p className={css.why}>{sourceName(summary)}</p>
    </div>
  );
}

interface PointsProps extends Pick<SummaryTextProps, 'sayOf' | 'onShow'> {
  title: string;
  points: readonly SummaryPoint[];
}

function Points({ title, points, sayOf, onShow }: PointsProps) {
  const shown = points.flatMap((point) => {
    const text = textOf(point, sayOf);
    return text === null ? [] : [{ text, utterance: point.utterance ?? null }];
  });
  if (shown.length === 0) return null;
  return (
    <div>
      <h3>{title}</h3>
      <ul>
        {shown.map(({ text, utterance }, at) => (
          <li key={at}>
            {utterance === null ? (
              text
            ) : (
              <button type="button" className={css.point} onClick={() => onShow(utterance)}>
                {text}
              </button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
