/** A voice contact of this agent, as Connect's own page tells of it. */
export interface AgentContact {
  id: string;
  /** The contact with which a transferred one began: its call goes on under that. */
  initialId: string | null;
}

/**
 * Hears of each voice contact as it is connected to the agent. A desk stays with the contact that was connected last,
 * also when Connect has cleared it, so that a summary can be finished.
 */
export type ContactWatcher = (contact: AgentContact) => void;

/** The ids under which its call may be known. */
export function idsOf({ id, initialId }: AgentContact): string[] {
  return initialId === null || initialId === id ? [id] : [id, initialId];
}
