import { openStore } from '../../src/transfer';
import { startSeaweedfs } from '../suites/seaweedfs';
import { describeStore } from '../suites/store-suite';

describeStore('seaweedfs', async () => {
  const seaweedfs = await startSeaweedfs();
  const store = openStore(seaweedfs.config('store'));
  return {
    store,
    close: async () => {
      store.close();
      await seaweedfs.stop();
    },
  };
});
