import { describeTarget } from '../conformance/target.js';
import { newPlace, startModelServer } from './model-server-process.js';

describeTarget('the model server', async () => {
  const place = newPlace();
  const server = await startModelServer(place);
  const close = async () => {
    await server.stop();
    place.remove();
  };
  return { target: server.target, blobs: place.blobs, close };
});
