import { startMinistack } from '../../suites/ministack';
import { openServer } from '../../suites/open-server';
import { describeStore } from '../../suites/store-suite';

describeStore('MiniStack', async () => await openServer(startMinistack));
