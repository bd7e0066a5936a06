/** `yb-admin --version`, from the settings of the script that was started. */
export const versionLine = (): string =>
  `version ${process.env['EMULATOR_RELEASE'] ?? ''} build 1 revision emulator build_type RELEASE (YugabyteDB emulator)`;
