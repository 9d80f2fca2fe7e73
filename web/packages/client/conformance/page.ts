import { follow } from './phase.ts';

Object.assign(globalThis, { follow });
