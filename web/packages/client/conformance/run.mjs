// Lets the client be judged: by a server at CONFORMANCE_URL (`trunkline conformance --client` says its address), else
// by the one of this folder.
//
// usage: [CONFORMANCE_URL=http://…] node conformance/run.mjs [node|chromium] [phase]
import { runnerImport } from 'vite';

const [where = 'node', phase = null] = process.argv.slice(2);
const load = async (name) => (await runnerImport(`${import.meta.dirname}/${name}.ts`)).module;

let url = process.env.CONFORMANCE_URL ?? null;
let judge = null;
if (url === null) {
  judge = await (await load('judge')).Judge.start();
  url = judge.url;
}
const passed = await (await load('run')).main(url.replace(/\/$/, ''), where, phase);
judge?.close();
process.exit(passed ? 0 : 1);
