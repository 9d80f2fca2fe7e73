import css from './guide.module.css';

const WIDTH = 60;
const HEIGHT = 20;

/** How content the customer sounded, over time: above the line content, below it not. The word says it, too. */
export function SentimentSpark({ series }: { series: readonly number[] }) {
  const last = series.at(-1);
  if (last === undefined) return null;
  const step = WIDTH / Math.max(series.length - 1, 1);
  const y = (value: number) => ((1 - Math.min(1, Math.max(-1, value))) / 2) * (HEIGHT - 4) + 2;
  const points = series.map(
    (value, index) => `${(index * step).toFixed(1)},${y(value).toFixed(1)}`,
  );
  return (
    <span className={css.spark} data-mood={moodOf(last)}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden>
        <line x1={0} x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
        {series.length > 1 && <polyline points={points.join(' ')} />}
        <circle cx={series.length > 1 ? WIDTH - 2 : WIDTH / 2} cy={y(last)} r={2} />
      </svg>
      <span>{MOODS[moodOf(last)]}</span>
    </span>
  );
}

export type Mood = 'bad' | 'even' | 'good';

const MOODS: Record<Mood, string> = { bad: 'Unhappy', even: 'Even', good: 'Content' };

/** Where a number becomes a word. */
export function moodOf(sentiment: number): Mood {
  if (sentiment <= -0.35) return 'bad';
  return sentiment >= 0.35 ? 'good' : 'even';
}
