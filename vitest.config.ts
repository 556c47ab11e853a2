import { configDefaults, defineConfig } from 'vitest/config';

const onServers = ['integration', 'chaos', 'interop'];
const timeouts = { testTimeout: 120_000, hookTimeout: 180_000, teardownTimeout: 60_000 };

/**
 * Pure code is tested in `unit`, by whatever folder its room has below `test/`. The other projects run on real servers
 * that are started once; their files run one after another, because they share those servers and two cores.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...timeouts,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...onServers.map((name) => `test/${name}/**`)],
        },
      },
      ...onServers.map((name) => ({
        test: {
          ...timeouts,
          name,
          include: [`test/${name}/**/*.test.ts`],
          globalSetup: ['test/servers.ts'],
          pool: 'forks' as const,
          fileParallelism: false,
        },
      })),
    ],
  },
});
