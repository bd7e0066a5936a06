import { ok, problem, reason, warning, type Check } from './check';

/** S3 refuses signatures that are 15 minutes off. */
const REFUSED_AFTER_S = 900;
/** `Date` headers have whole seconds, and the response takes a moment. */
const NOTED_AFTER_S = 5;

/** Compares this machine's clock with the store's `Date`; all times in a repository come from the store. */
export async function clockCheck(serverTime: () => Promise<Date>, now: () => Date): Promise<Check> {
  try {
    const storeTime = await serverTime();
    const offSeconds = Math.abs(now().getTime() - storeTime.getTime()) / 1000;
    const message = `this machine and the store are ${Math.round(offSeconds)} s apart`;
    const cure = 'set the clock of this machine by NTP (chronyd, systemd-timesyncd)';
    if (offSeconds >= REFUSED_AFTER_S)
      return problem('clocks', `${message}; S3 refuses signatures beyond 15 minutes`, cure);
    return offSeconds > NOTED_AFTER_S ? warning('clocks', message, cure) : ok('clocks', message);
  } catch (error) {
    return warning('clocks', `the store's time can't be read: ${reason(error)}`, 'see the result for the store');
  }
}
