import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { Notice } from '../../ui/notice.tsx';
import { ContactDesk } from './contact-desk.tsx';
import type { AgentContact } from './contacts.ts';
import { openWorkspaceApp } from './workspace.ts';

/** The desk as an app of Connect's agent workspace. */
export function WorkspacePage() {
  useDocumentTitle('Desk · Trunkline');
  const [contact, setContact] = useState<AgentContact | null>(null);
  const [isAlone, setAlone] = useState(false);
  const isOpen = useRef(false);
  useEffect(() => {
    if (isOpen.current) return;
    isOpen.current = true;
    openWorkspaceApp(setContact, () => setAlone(true));
  }, []);
  if (isAlone && contact === null)
    return (
      <Notice title="No agent workspace around this page">
        <p>
          This address is for an app of Connect&rsquo;s agent workspace: give it there as the
          app&rsquo;s access URL. By itself, <Link to="/desk">the desk</Link> does the same.
        </p>
      </Notice>
    );
  return <ContactDesk contact={contact} />;
}
