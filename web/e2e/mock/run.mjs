// Serves the scripted calls for work on the console: `npm run mock`, and in another terminal `npm run dev`.
import { runnerImport } from 'vite';

const { module } = await runnerImport(`${import.meta.dirname}/main.ts`);
await module.main();
