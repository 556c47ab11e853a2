import { afterAll, beforeAll } from 'vitest';
import { describeSource } from '../conformance/source.js';
// @ts-expect-error plain JavaScript, as a host may write it
import { source } from '../fixtures/own-source.js';
import { openFeedService } from './feed-service.js';

let feed: Awaited<ReturnType<typeof openFeedService>>;
beforeAll(async () => {
  feed = await openFeedService();
});
afterAll(() => feed.close());

describeSource("a team's own feed", async () => {
  feed.files.clear();
  feed.files.set('april.csv', 'id,late\n1,true\n2,false\n').set('may.csv', 'id,late\n3,false\n');
  return {
    source,
    written: { kind: 'feed', name: 'trips', url: feed.url },
    nothing: { kind: 'feed', name: 'trips', url: feed.emptyUrl },
    change: async () => void feed.files.set('april.csv', 'id,late\n1,true\n'),
    remove: async () => void feed.files.delete('april.csv'),
  };
});
