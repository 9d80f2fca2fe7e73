import { MockServer } from './server.ts';
import { populate } from './scenes.ts';

/** Runs the mock until it is interrupted; its live call plays in real time, over and over. */
export async function main(): Promise<void> {
  const port = Number(process.env.MOCK_PORT ?? 8099);
  const server = await MockServer.start(port);
  const stopScenes = populate(server, { isPlaying: true });
  process.stdout.write(`scripted server on ${server.url}\n`);
  process.once('SIGINT', () => {
    stopScenes();
    void server.stop();
  });
}
