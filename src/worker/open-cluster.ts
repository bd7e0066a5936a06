import { clusterToolSettings, type KalpaConfig } from '../config';
import { openYugabyte, type Yugabyte } from '../yugabyte';

/**
 * The cluster's tools, recreated only when their settings changed: a rotated password file is read at the next use, and
 * the tools' version is not looked up each time.
 */
export function openCluster(config: KalpaConfig): () => Yugabyte {
  let current: { settings: string; yugabyte: Yugabyte } | undefined;
  return () => {
    const settings = clusterToolSettings(config);
    const text = JSON.stringify(settings);
    if (current?.settings !== text) current = { settings: text, yugabyte: openYugabyte(settings) };
    return current.yugabyte;
  };
}
