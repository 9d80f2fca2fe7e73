import { NavLink } from 'react-router';
import css from './playbooks.module.css';

/** The two halves of guidance: what it was good for, and what it is made of. */
export function GuidanceNav() {
  return (
    <nav className={css.nav} aria-label="Guidance">
      <NavLink to="/guidance" end>
        Usefulness
      </NavLink>
      <NavLink to="/guidance/playbooks">Playbooks</NavLink>
    </nav>
  );
}
