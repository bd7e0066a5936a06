/** A backup id ends with its time and six hex digits; anything else is a database whose newest backup is meant. */
export function isBackupId(text: string): boolean {
  return /-\d{8}T\d{6}Z-[0-9a-f]{6}$/.test(text);
}
