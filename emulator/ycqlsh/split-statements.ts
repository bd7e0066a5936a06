/** One statement, or one command of the shell, without its semicolon. */
const SHELL_COMMAND =
  /^(?:desc|describe|copy|source|consistency|tracing|expand|paging|show|help|exit|quit|clear|login)\b/i;

/**
 * Splits a script where no quote, `$$` and comment is open. Commands of the shell end with their line too. Unfinished text at the end counts as a
 * statement.
 */
export function splitStatements(script: string): string[] {
  const found: string[] = [];
  let text = '';
  const end = (): void => {
    if (text.trim() !== '') found.push(text.trim());
    text = '';
  };
  // Strings and names keep what is in them; comments go.
  const piece = /\/\*[\s\S]*?\*\/|--[^\n]*|\/\/[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$[\s\S]*?\$\$|[\s\S]/gy;
  for (const [part] of script.matchAll(piece)) {
    if (/^(?:\/\*|--|\/\/)/.test(part)) continue;
    if (part === ';' || (part === '\n' && SHELL_COMMAND.test(text.trim()))) end();
    else text += part;
  }
  end();
  return found;
}
