import { SCRATCH_NAME } from '../../../contract';

/** Whether Kalpa leaves a YSQL database of this bare name alone: a restore's scratch database, a template of the system. */
export const isHidden = (name: string): boolean => SCRATCH_NAME.test(name) || /^template[01]$/.test(name);
