import { openServer } from '../../suites/open-server';
import { startSeaweedfs } from '../../suites/seaweedfs';
import { describeStore } from '../../suites/store-suite';

describeStore('SeaweedFS', async () => await openServer(startSeaweedfs));
