import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type RegisteredName, registry, taskQueues, workflowIds } from '../../schemas/index.js';
import { verbs } from '../../scripts/cli/verbs.js';

const root = new URL('../../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const starts = [...readme.matchAll(/^temporal workflow start --task-queue (\S+) --type (\w+) -w (\S+) -i '(.+)'$/gm)];
const messages = [
  ...readme.matchAll(/^temporal workflow (?:signal|update execute) -w (\S+) --name (\w+) -i '(.+)'$/gm),
];

describe('README', () => {
  it('starts every workflow', () => {
    const types = new Set(starts.map(([, , type]) => type));
    const workflows = Object.entries(registry).filter(([, entry]) => entry.kind === 'workflow');
    expect(types).toEqual(new Set(workflows.map(([name]) => name)));
  });

  it.each(starts.map(([line, queue, type, id, input]) => ({ line, queue, type, id, input })))(
    'has a line that works: $id',
    ({ queue, type, input }) => {
      const { schema } = registry[type as RegisteredName];
      expect(queue).toBe(taskQueues.orchestration);
      expect((schema as z.ZodType).safeParse(JSON.parse(input ?? ''))).toMatchObject({ success: true });
    },
  );

  it.each(messages.map(([, id, name, body]) => ({ id, name, body })))(
    'has a message that works: $name $body',
    ({ id, name, body }) => {
      const { schema } = registry[name as RegisteredName];
      expect(id).toBe(workflowIds.lifecycle('flight-delay'));
      expect((schema as z.ZodType).safeParse(JSON.parse(body ?? ''))).toMatchObject({ success: true });
    },
  );

  it('names every verb of the command line', () => {
    const table = readme.slice(readme.indexOf('## Commands'), readme.indexOf('## In your own Worker'));
    const named = [...table.matchAll(/`(\w+)[^`]*`/g)].map(([, name]) => name);
    expect(Object.keys(verbs).filter((verb) => !named.includes(verb))).toEqual([]);
  });

  it('draws the rooms that there are', () => {
    const hidden = ['node_modules', 'dist', 'coverage'];
    const folders = readdirSync(root, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && !entry.name.startsWith('.'),
    );
    const drawn = [...readme.matchAll(/^(\w+)\/ /gm)].map(([, name]) => name);
    const rooms = folders.map((folder) => folder.name).filter((name) => !hidden.includes(name));
    expect(rooms.filter((name) => name !== 'docker' && !drawn.includes(name))).toEqual([]);
  });

  it('links to pages that are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path ?? '');
    expect(links.filter((link) => !existsSync(new URL(link, root)))).toEqual([]);
  });
});
