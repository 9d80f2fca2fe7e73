import 'amazon-connect-streams';
import type { CcpOptions } from './ccp-options.ts';
import type { ContactWatcher } from './contacts.ts';

/** Longer than Streams' own 5 s: an agent may have to sign in first. */
const LOAD_TIMEOUT_MS = 10_000;

/**
 * Puts the agent's softphone into `container` and tells of its voice contacts. Streams knows one softphone a page, for
 * as long as the page lives: call it once.
 */
export function openCcp(
  container: HTMLElement,
  { ccpUrl, region }: CcpOptions,
  onContact: ContactWatcher,
): void {
  connect.core.initCCP(container, {
    ccpUrl,
    ...(region === null ? {} : { region }),
    loginPopup: true,
    loginPopupAutoClose: true,
    loginOptions: { autoClose: true, height: 600, width: 400 },
    softphone: { allowFramedSoftphone: true },
    pageOptions: { enableAudioDeviceSettings: true },
    ccpLoadTimeout: LOAD_TIMEOUT_MS,
  });
  connect.contact((contact) => {
    if (contact.getType() !== connect.ContactType.VOICE) return;
    // Streams leaves it out where there is none, whatever its types say.
    const initialId = (contact.getInitialContactId() as string | null | undefined) ?? null;
    const connected = { id: contact.getContactId(), initialId };
    const tell = () => onContact(connected);
    contact.onConnected(tell);
    // The page may have been opened in the middle of a call, or after it.
    const { type } = contact.getStatus();
    if (type === connect.ContactStateType.CONNECTED || type === connect.ContactStateType.ENDED)
      tell();
  });
}
