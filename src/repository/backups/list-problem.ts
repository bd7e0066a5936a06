import type { SegmentLine } from './manifest-schema';
import { addTo } from '../../objects/grouped';

/**
 * Why the files of a list can't coexist, or can't come from the objects that they name; undefined if they can. Whatever
 * a forged list says, a restore never reads a byte of an object twice nor writes one file over another.
 */
export function listProblem(lines: readonly SegmentLine[]): string | undefined {
  return pathProblem(lines) ?? rangeProblem(lines);
}

function pathProblem(lines: readonly SegmentLine[]): string | undefined {
  const nameOf = ({ tablet, path }: SegmentLine): string => `${tablet}/${path}`;
  const shown = ({ tablet, path }: SegmentLine): string => `${JSON.stringify(path)} of tablet ${tablet}`;
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const line of lines) {
    const name = nameOf(line);
    if (files.size === files.add(name).size) return `${shown(line)} is named twice`;
    for (let end = name.lastIndexOf('/'); end > line.tablet.length; end = name.lastIndexOf('/', end - 1))
      folders.add(name.slice(0, end));
  }
  for (const line of lines) {
    if (folders.has(nameOf(line))) return `${shown(line)} is a file and a folder`;
    // Restores write a file under this name before they rename it.
    if (files.has(`${nameOf(line)}.tmp`))
      return `${JSON.stringify(`${line.path}.tmp`)} is the temporary name of another`;
  }
  return undefined;
}

function rangeProblem(lines: readonly SegmentLine[]): string | undefined {
  const byObject = new Map<string, SegmentLine[]>();
  for (const line of lines) {
    const { offset = 0, size, packBytes, object } = line;
    if (!Number.isSafeInteger(offset + size)) return `${object} is read from ${offset} to beyond what can be counted`;
    if (packBytes !== undefined && offset + size > packBytes)
      return `${JSON.stringify(line.path)} ends at ${offset + size} of ${object}, after the end of its pack (${packBytes})`;
    if (size === 0) continue; // occupies no bytes of an object
    // Two versions of a key are two objects.
    const version = JSON.stringify([object, line.versionId ?? '', line.etag]);
    addTo(byObject, version, line);
  }
  for (const files of byObject.values()) {
    if (files.length === 1) continue;
    let end = 0;
    for (const { object, offset, size, path } of files.sort((one, other) => (one.offset ?? 0) - (other.offset ?? 0))) {
      // A file without an offset is its whole object.
      if (offset === undefined || offset < end) return `${JSON.stringify(path)} and another overlap in ${object}`;
      end = offset + size;
    }
  }
  return undefined;
}
