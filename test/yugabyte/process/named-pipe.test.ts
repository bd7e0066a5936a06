import { ToolFailed } from '../../../src/yugabyte/errors';
import { makeNamedPipe } from '../../../src/yugabyte/process/named-pipe';
import { runTool } from '../../../src/yugabyte/process/run-tool';
import { FakeTools } from '../fake-tools';

const MIB = 1024 * 1024;
let tools: FakeTools;
let pipe: string;
beforeEach(async () => {
  tools = new FakeTools();
  pipe = tools.path('pipe');
  await makeNamedPipe(pipe);
});
afterEach(() => tools.remove());

/** What was read to the end, of a tool that writes to the pipe. */
async function readFrom(body: string, consume?: (output: AsyncIterable<Buffer>) => Promise<void>): Promise<string> {
  const read: Buffer[] = [];
  tools.write('tool', body);
  await runTool({
    ...{ folder: tools.folder, tool: 'tool', args: [], timeoutMs: 10_000, mutates: false, pipe },
    consume:
      consume ??
      (async (output) => {
        for await (const chunk of output) read.push(chunk);
        read.push(Buffer.from('|end'));
      }),
  });
  return Buffer.concat(read).toString();
}

it('what the tool writes to the pipe is read, whenever it opens it; what it prints is ignored', async () => {
  expect(await readFrom(`echo printed; sleep 0.2; printf one > ${pipe}; printf ' two' > ${pipe}`)).toBe('one two|end');
  expect(await readFrom(`: > ${pipe}`)).toBe('|end');
});

it('what is printed beside does not stop the tool', async () => {
  const printed = `head -c ${4 * MIB} /dev/zero`;
  expect(await readFrom(`${printed}; ${printed} > ${pipe}; ${printed}`)).toHaveLength(4 * MIB + '|end'.length);
});

it('the stream of a tool that fails, whether or not it has opened the pipe, does not end as if complete', async () => {
  expect(await readFrom('exit 0')).toBe('|end');
  let ended = false;
  const seen: string[] = [];
  const consume = async (output: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of output) seen.push(chunk.toString());
    ended = true;
  };
  await readFrom('exit 2', consume);
  await readFrom(`printf half > ${pipe}; exit 2`, consume);
  expect({ ended, seen }).toEqual({ ended: false, seen: ['half'] });
});

it('a reader that breaks ends the tool, and so does its time', async () => {
  const broken = readFrom(`cat /dev/zero > ${pipe}`, async (output) => {
    for await (const _ of output) throw new Error('the store is full');
  });
  await expect(broken).rejects.toThrow('the store is full');
  tools.write('tool', 'sleep 60');
  const late = runTool({
    ...{ folder: tools.folder, tool: 'tool', args: [], timeoutMs: 100, mutates: false, pipe },
    consume: async (output) => {
      for await (const _ of output);
    },
  });
  await expect(late).rejects.toThrow(ToolFailed);
});

it('a tool that is missing is said to be', async () => {
  const missing = runTool({
    ...{ folder: tools.folder, tool: 'missing', args: [], timeoutMs: 1_000, mutates: false, pipe },
    consume: async (output) => {
      for await (const _ of output);
    },
  });
  await expect(missing).rejects.toThrow('there is no such file');
});
