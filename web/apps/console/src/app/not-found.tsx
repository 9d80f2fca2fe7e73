import { Link } from 'react-router';
import { Notice } from '../ui/notice.tsx';

export function NotFound() {
  return (
    <Notice title="There is no page here">
      <p>
        The address may have been cut. <Link to="/">Calls now</Link> or{' '}
        <Link to="/calls">past calls</Link>.
      </p>
    </Notice>
  );
}
