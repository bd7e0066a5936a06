import { openYugabyte } from '../../src/yugabyte';
import { FakeTools } from './fake-tools';

it("each tool is listed with its version, or why it can't be used", async () => {
  const tools = new FakeTools();
  try {
    tools.write('yb-admin', 'echo "version 2025.1.1.0 build 100 revision 5f7a"');
    tools.write('ysql_dump', 'echo broken >&2; exit 127');
    expect(await openYugabyte(tools.config()).toolVersions()).toEqual([
      { tool: 'yb-admin', printed: 'version 2025.1.1.0 build 100 revision 5f7a', release: '2025.1.1.0' },
      { tool: 'ysql_dump', problem: 'ysql_dump --version failed with exit code 127: broken' },
      {
        tool: 'ysql_dumpall',
        problem: expect.stringMatching(/^Cannot run ysql_dumpall at .*there is no such file/) as string,
      },
    ]);
  } finally {
    tools.remove();
  }
});
