import { AmazonConnectApp } from '@amazon-connect/app';
import { ContactClient } from '@amazon-connect/contact';
import type { ContactWatcher } from './contacts.ts';

/** How long the workspace may take to answer. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Makes this page an app of Connect's agent workspace. An app that is opened for a contact is told of it at once; one
 * that is open for all hears of each as it is connected. A page is one app: call it once.
 */
export function openWorkspaceApp(onContact: ContactWatcher, onFailed: () => void): void {
  const { provider } = AmazonConnectApp.init({
    workspace: { connectionTimeout: CONNECT_TIMEOUT_MS },
    onCreate: ({ context }) => {
      const { scope } = context;
      if (scope?.type === 'contact') void tell(scope.contactId);
      return Promise.resolve();
    },
  });
  const contacts = new ContactClient(provider);
  const tell = async (id: string) => {
    // Told at once, and again with where it began: the workspace may take its time with that.
    onContact({ id, initialId: null });
    const initialId = await contacts.getInitialContactId(id).catch(() => undefined);
    if (initialId !== undefined) onContact({ id, initialId });
  };
  contacts.onConnected(({ contactId }) => tell(contactId));
  provider.onError(({ isFatal }) => {
    if (isFatal) onFailed();
  });
}
