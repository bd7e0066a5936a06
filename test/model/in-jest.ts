import { PLANTED } from './planted';
import { STAND_INS, standInForClocks } from './stand-ins';

// What a test of the model imports before all else: from then on clocks, Temporal, disks and threads are those of the
// world that runs, and mistakes can be planted.

for (const table of [STAND_INS, PLANTED])
  for (const [name, make] of Object.entries(table)) jest.doMock(name, () => make(() => jest.requireActual(name)));

let undo: () => void;
beforeAll(() => {
  undo = standInForClocks();
});
afterAll(() => {
  undo();
});
