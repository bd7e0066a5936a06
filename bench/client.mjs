// What the Node clients of the bench share: one run in a process of its own, measured from inside, so that the start
// of Node (a worker starts once a month) is left out. Prints one line of JSON.
import { existsSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** `work` gets the job that the bench gave as an argument; what it returns is printed with the figures. */
export async function measured(work) {
  const job = JSON.parse(process.argv[2]);
  const prepared = await work(job);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  const began = performance.now();
  const more = await prepared();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  delay.disable();
  const figures = {
    seconds,
    cpu: (user + system) / 1e6,
    rss: peakRss(),
    // The histogram counts its own resolution, too.
    delayP99: Math.max(0, delay.percentile(99) / 1e6 - 1),
    ...more,
  };
  console.log(JSON.stringify(figures));
}

/** Bytes. The system's own account begins with what the parent held; Linux keeps one of this program alone. */
function peakRss() {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? process.resourceUsage().maxRSS) * 1024;
}
