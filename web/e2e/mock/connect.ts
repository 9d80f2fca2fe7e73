import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Amazon's side of the two ways into an agent's screen, on an origin of its own as theirs is: a softphone that talks
 * with Streams (`/ccp-v2`), and an agent workspace that holds an app (`/agent-app?app=…`). Tests drive the frames:
 * `showContacts` in the softphone, `openFor` and `connected` in the workspace.
 */
export class MockConnect {
  readonly #http: Server;

  static start(): Promise<MockConnect> {
    const connect = new MockConnect();
    return new Promise((resolve) => connect.#http.listen(0, '127.0.0.1', () => resolve(connect)));
  }

  private constructor() {
    this.#http = createServer((request, response) => {
      const url = new URL(request.url ?? '/', this.origin);
      const page = url.pathname.startsWith('/ccp') ? softphone : workspace(url);
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(page);
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.#http.closeAllConnections();
    return new Promise((resolve) => this.#http.close(() => resolve()));
  }
}

/** Acknowledges, and keeps acknowledging; tells of the agent and their contacts as the real one does. */
const softphone = `<!doctype html><html lang="en"><title>Softphone</title><p>Softphone</p><script>
const say = (event, data) => parent.postMessage({ event, data }, '*');
const heard = [];
addEventListener('message', ({ data }) => {
  heard.push(data.event);
  if (data.event === 'synchronize') say('acknowledge', { id: 'stream-1' });
});
window.heard = heard;
window.showContacts = (contacts) => say('agent::update', {
  configuration: { routingProfile: { routingProfileId: 'arn:aws:connect:eu-west-1:1:instance/0a1b/routing-profile/r' } },
  snapshot: {
    state: { name: 'Available', type: 'routable', startTimestamp: new Date() },
    contacts: contacts.map(({ id, initial, state, type = 'voice' }) => ({
      contactId: id, initialContactId: initial ?? null, type,
      state: { type: state, timestamp: new Date() }, connections: [], attributes: {},
    })),
  },
});
say('acknowledge', { id: 'stream-1' });
</script>`;

/** Takes the app's channel and leads it through its life; answers what the app asks of contacts. */
function workspace(url: URL): string {
  const app = url.searchParams.get('app') ?? '';
  const initial = JSON.stringify(url.searchParams.get('initial') ?? '');
  return `<!doctype html><html lang="en"><title>Workspace</title>
<iframe title="App" width="360" height="700"></iframe><script>
const heard = [];
const handlers = [];
let port;
addEventListener('message', ({ data, ports }) => {
  if (data.type !== 'connect-app-host-init') return;
  port = ports[0];
  port.onmessage = ({ data: message }) => {
    heard.push(message.type);
    if (message.type === 'subscribe') handlers.push(message);
    if (message.type === 'request')
      port.postMessage({
        type: 'response', namespace: message.namespace, requestId: message.requestId,
        isError: false, data: { initialContactId: ${initial} },
      });
  };
  port.postMessage({ type: 'acknowledge', connectionId: 'c-1', status: { initialized: true }, healthCheckInterval: 60000 });
});
const stage = (name, scope) => port.postMessage({
  type: 'appLifecycle', stage: name, instanceId: 'app-1', appInstanceId: 'app-1', region: 'eu-west-1',
  config: { id: 'trunkline' }, appConfig: { id: 'trunkline' }, scope,
});
window.heard = heard;
window.isReady = () => port !== undefined;
window.openFor = (contactId) => {
  const scope = contactId === null ? { type: 'idle' } : { type: 'contact', contactId };
  stage('create', scope);
  stage('start', scope);
};
window.connected = (contactId) => {
  for (const { topic, handlerId } of handlers)
    if (topic.key === 'contact/connected')
      port.postMessage({ type: 'publish', topic, handlerId, data: { contactId } });
};
document.querySelector('iframe').src = ${JSON.stringify(app)};
</script>`;
}
