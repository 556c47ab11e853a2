import { rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { MlopsPlugin, workflowsPath } from '../index.js';

/** The workflows in one file, so that a worker starts without webpack. */
export const bundlePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

const plugin = new MlopsPlugin({ ports: null });
const { code } = await bundleWorkflowCode({ workflowsPath, plugins: [plugin], logger: new DefaultLogger('WARN') });
const temporary = `${bundlePath}.${process.pid}`;
await writeFile(temporary, code);
await rename(temporary, bundlePath);
