import type { YugabyteConfig } from './config';
import { ToolFailed, ToolMissing } from './errors';
import { runTool } from './process/run-tool';
import { given } from '../objects/given';

/** Every executable that Kalpa runs; `ycqlsh` only if YCQL is configured. */
export const TOOLS = ['yb-admin', 'ysql_dump', 'ysql_dumpall', 'ycqlsh'] as const;

export interface ToolVersion {
  tool: (typeof TOOLS)[number];
  /** First line of the output of `--version`. */
  printed?: string;
  /** The YugabyteDB release in it, `2025.1.1.0`; undefined if it names none. */
  release?: string;
  /** Why it can't be used. */
  problem?: string;
}

/** Asks each tool for its version; a missing or broken one is an entry with a problem, not a failure. */
export async function readToolVersions(config: YugabyteConfig, signal?: AbortSignal): Promise<ToolVersion[]> {
  return await Promise.all(
    TOOLS.filter((tool) => tool !== 'ycqlsh' || config.ycql).map(async (tool): Promise<ToolVersion> => {
      try {
        const { exitCode, stdout, stderr } = await runTool({
          folder: config.tools,
          tool,
          args: ['--version'],
          timeoutMs: config.timeouts.commandMs,
          signal,
          mutates: false,
        });
        const [printed = ''] = stdout.split('\n');
        if (exitCode !== 0 || printed === '')
          return {
            tool,
            problem: `${tool} --version failed with exit code ${exitCode}: ${stderr.split('\n')[0] ?? ''}`,
          };
        const release =
          /-YB-(\d+(?:\.\d+)+)/.exec(printed)?.[1] ?? /\bversion:? +v?(\d+(?:\.\d+){2,})/i.exec(printed)?.[1];
        return { tool, printed, ...given({ release }) };
      } catch (error) {
        if (error instanceof ToolMissing || error instanceof ToolFailed) return { tool, problem: error.message };
        throw error;
      }
    }),
  );
}
