import type { RefObject } from 'react';
import { useCallback, useEffect, useRef, useState } from 'react';

/** So near to the end counts as being there. */
const END_PX = 32;

export interface Follow {
  isFollowing: boolean;
  setFollowing: (isFollowing: boolean) => void;
  /** Scrolls without being taken for the reader. */
  scroll: (act: (scroller: Element) => void) => void;
}

/**
 * Whether the page may move the text. The reader's own scrolling ends it; coming back to the end of a live
 * call (`isLive`) begins it again.
 */
export function useFollow(pane: RefObject<HTMLElement | null>, isLive: boolean): Follow {
  const [isFollowing, setFollowing] = useState(true);
  const expected = useRef<number | null>(null);

  const scroll = useCallback(
    (act: (scroller: Element) => void) => {
      const scroller = scrollerOf(pane.current);
      act(scroller);
      expected.current = scroller.scrollTop;
    },
    [pane],
  );

  useEffect(() => {
    const handle = () => {
      const scroller = scrollerOf(pane.current);
      const top = scroller.scrollTop;
      if (expected.current !== null && Math.abs(top - expected.current) <= 2) return;
      expected.current = null;
      const isAtEnd = scroller.scrollHeight - scroller.clientHeight - top <= END_PX;
      setFollowing(isLive && isAtEnd);
    };
    document.addEventListener('scroll', handle, { capture: true, passive: true });
    return () => document.removeEventListener('scroll', handle, { capture: true });
  }, [pane, isLive]);

  return { isFollowing, setFollowing, scroll };
}

/** On a low page the whole document scrolls, else the pane alone. */
function scrollerOf(pane: HTMLElement | null): Element {
  const isPane = pane !== null && getComputedStyle(pane).overflowY === 'auto';
  return isPane ? pane : (document.scrollingElement ?? document.documentElement);
}
