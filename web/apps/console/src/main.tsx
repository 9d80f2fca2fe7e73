import './app/styles.css';
import { createClient } from '@trunkline/client/console';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

const client = createClient({ origin: window.location.origin });
window.addEventListener('online', () => client.retryNow());

createRoot(root).render(
  <StrictMode>
    <App client={client} />
  </StrictMode>,
);
