import { Button, TextInput } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { Notice } from '../../ui/notice.tsx';
import type { CcpOptions } from './ccp-options.ts';
import { ccpOptionsOf, ccpProblem } from './ccp-options.ts';
import css from './connect.module.css';
import { ContactDesk } from './contact-desk.tsx';
import type { AgentContact } from './contacts.ts';
import { openCcp } from './streams.ts';

/** Connect's softphone with the desk beside it: the contact in the one is the call in the other. */
export function CcpPage() {
  useDocumentTitle('Softphone and desk · Trunkline');
  const [params] = useSearchParams();
  const options = ccpOptionsOf(params);
  return options === null ? <AskForCcp /> : <CcpAndDesk options={options} />;
}

function CcpAndDesk({ options }: { options: CcpOptions }) {
  const frame = useRef<HTMLDivElement>(null);
  const [contact, setContact] = useState<AgentContact | null>(null);
  // Streams has one softphone a page; another address is another page.
  const isOpen = useRef(false);
  const [opened] = useState(options);
  useEffect(() => {
    if (frame.current === null || isOpen.current) return;
    isOpen.current = true;
    openCcp(frame.current, opened, setContact);
  }, [opened]);
  return (
    <div className={css.both}>
      <div ref={frame} className={css.ccp} aria-label="Softphone" role="region" />
      <div className={css.desk}>
        <ContactDesk contact={contact} />
      </div>
    </div>
  );
}

/** Without an address of a softphone: asks for it, and says what else it takes. */
function AskForCcp() {
  const [params, setParams] = useSearchParams();
  const [ccpUrl, setCcpUrl] = useState(params.get('ccpUrl') ?? '');
  const [region, setRegion] = useState(params.get('region') ?? '');
  const [problem, setProblem] = useState<string | null>(null);
  const open = () => {
    const wrong = ccpProblem(ccpUrl.trim());
    setProblem(wrong);
    if (wrong !== null) return;
    setParams({
      ccpUrl: ccpUrl.trim(),
      ...(region.trim() === '' ? {} : { region: region.trim() }),
    });
  };
  return (
    <Notice title="Which softphone is yours?">
      <form
        className={css.ask}
        onSubmit={(event) => {
          event.preventDefault();
          open();
        }}
      >
        <TextInput
          label="Address of your Contact Control Panel"
          placeholder="https://YOUR-INSTANCE.my.connect.aws/ccp-v2/"
          value={ccpUrl}
          error={problem}
          onChange={(event) => setCcpUrl(event.currentTarget.value)}
        />
        <TextInput
          label="AWS region, if you take chats, too"
          placeholder="eu-west-1"
          value={region}
          onChange={(event) => setRegion(event.currentTarget.value)}
        />
        <Button type="submit">Open</Button>
      </form>
      <p>
        Your Connect instance has to allow this page first: under Approved origins, add{' '}
        <code>{window.location.origin}</code>. Then keep this page&rsquo;s address, which holds
        both.
      </p>
    </Notice>
  );
}
