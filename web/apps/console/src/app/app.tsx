import { MantineProvider } from '@mantine/core';
import type { TrunklineClient } from '@trunkline/client/console';
import { lazy, Suspense } from 'react';
import { BrowserRouter, Route, Routes } from 'react-router';
import { CallPage } from '../features/call/call-page.tsx';
import { CallsPage } from '../features/calls/calls-page.tsx';
import { CapturePage } from '../features/capture/capture-page.tsx';
import { LoadingDesk } from '../features/desk/loading-desk.tsx';
import { DeskPage } from '../features/desk/desk-page.tsx';
import { HealthPage } from '../features/health/health-page.tsx';
import { LivePage } from '../features/live/live-page.tsx';
import { PlaybookPage } from '../features/playbooks/playbook-page.tsx';
import { PlaybooksPage } from '../features/playbooks/playbooks-page.tsx';
import { UsefulnessPage } from '../features/playbooks/usefulness-page.tsx';
import { ReviewPage } from '../features/review/review-page.tsx';
import { ClientContext } from './client-context.ts';
import { NotFound } from './not-found.tsx';
import { Bare, Shell } from './shell.tsx';
import { theme } from './theme.ts';

/** With Amazon's libraries, which are larger than all the rest: only for who opens these pages. */
const CcpPage = lazy(() =>
  import('../features/connect/ccp-page.tsx').then(({ CcpPage: page }) => ({ default: page })),
);
const WorkspacePage = lazy(() =>
  import('../features/connect/workspace-page.tsx').then(({ WorkspacePage: page }) => ({
    default: page,
  })),
);

export function App({ client }: { client: TrunklineClient }) {
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <ClientContext value={client}>
        <BrowserRouter>
          <Routes>
            <Route element={<Bare />}>
              <Route
                path="ccp"
                element={
                  <Suspense fallback={<LoadingDesk />}>
                    <CcpPage />
                  </Suspense>
                }
              />
              <Route
                path="workspace"
                element={
                  <Suspense fallback={<LoadingDesk />}>
                    <WorkspacePage />
                  </Suspense>
                }
              />
            </Route>
            <Route element={<Shell />}>
              <Route index element={<LivePage />} />
              <Route path="calls" element={<CallsPage />} />
              <Route path="calls/:callId" element={<CallPage />} />
              <Route path="desk" element={<DeskPage />} />
              <Route path="desk/:callId" element={<DeskPage />} />
              <Route path="capture" element={<CapturePage />} />
              <Route path="guidance" element={<UsefulnessPage />} />
              <Route path="guidance/playbooks" element={<PlaybooksPage />} />
              <Route path="guidance/playbooks/:playbookId" element={<PlaybookPage />} />
              <Route path="review" element={<ReviewPage />} />
              <Route path="health" element={<HealthPage />} />
              <Route path="*" element={<NotFound />} />
            </Route>
          </Routes>
        </BrowserRouter>
      </ClientContext>
    </MantineProvider>
  );
}
