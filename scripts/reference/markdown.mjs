export const MADE = '<!-- Made by scripts/reference.mjs (npm run docs:reference). Change the code, not this page. -->';

/** One line; outside of code a `<` would begin a tag and vanish. */
const cell = (text) =>
  String(text)
    .replace(/\s*\n\s*/g, ' ')
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 0 ? part.replaceAll('<', '&lt;') : part))
    .join('')
    .replaceAll('|', '\\|');

/** A table; columns that are empty in every row are left out. */
export function table(head, rows) {
  const kept = head.map((_, column) => rows.some((row) => row[column] !== ''));
  const line = (cells) =>
    `| ${cells
      .filter((_, column) => kept[column])
      .map(cell)
      .join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const code = (text) => `\`${text}\``;
export const block = (language, text) => `\`\`\`${language}\n${text}\n\`\`\``;
export const page = (...parts) => `${parts.join('\n\n')}\n`;
