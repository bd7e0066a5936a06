import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { toStoreError } from '../../../src/transfer/s3/s3-errors';

/**
 * What a message would promise that Kalpa does by itself. A person who is told to "start it again" is promised nothing.
 */
const PROMISE =
  /\b(?:is|are|will be|gets?) (?:tried|asked|sent|retried|repeated|read|looked at) again\b|\b(?:will|is going to) retry\b|\bretrying\b|\bwaits for (?:it|them)\b|\b[Ww]e(?:'ll| will)? (?:try|ask) again\b/;
/** Where the text of a failure is made. */
const MAKERS =
  /^(?:failWith|failure|addError|refusal|checks\.add|findings\.add|super|StoreError|Error|ToolFailed|SqlFailed|HttpFailed|TransferError|RepositoryError|ApplicationFailure\.create|create)$/;

function textsOfFailures(file: string, root: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.ES2022, true);
  const texts: string[] = [];
  const collect = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.push(node.text);
    else if (ts.isTemplateExpression(node))
      texts.push(node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join(''));
    ts.forEachChild(node, collect);
  };
  const visit = (node: ts.Node): void => {
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && MAKERS.test(node.expression.getText(source)))
      (node.arguments ?? []).forEach(collect);
    else ts.forEachChild(node, visit);
  };
  visit(source);
  return texts;
}

describe('20: no failure message promises what does not happen', () => {
  it('20: in the source, wherever a failure message is composed', () => {
    const root = join(__dirname, '../../..');
    const files = execFileSync('git', ['ls-files', 'src'], { cwd: root, encoding: 'utf8' })
      .split('\n')
      .filter((file) => file.endsWith('.ts'));
    const texts = files.flatMap((file) => textsOfFailures(file, root).map((text) => ({ file, text })));
    expect(texts.length).toBeGreaterThan(500);
    expect(texts.filter(({ text }) => PROMISE.test(text))).toEqual([]);
  });

  it.each([
    ['a dropped connection', { code: 'ECONNRESET', message: 'socket hang up' }],
    ['a busy store', { name: 'SlowDown', $metadata: { httpStatusCode: 503 } }],
    ['a store that throttles', { name: 'TooManyRequests', $metadata: { httpStatusCode: 429 } }],
    ['damage on the way', { name: 'BadDigest', $metadata: { httpStatusCode: 400 } }],
    ['no right', { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }],
    ['an unknown request', { name: 'InvalidRequest', $metadata: { httpStatusCode: 400 } }],
  ])('20: of the store: %s', (_, error) => {
    const { message } = toStoreError(error, 'PutObject', 'k', 's3://b');
    expect(message).not.toMatch(PROMISE);
    expect(message).not.toMatch(/\bagain\b/);
  });

  it('20: the search finds such a promise', () => {
    expect('ECONNRESET, socket hang up. It is tried again; if this lasts, look at the store.').toMatch(PROMISE);
    expect('Start the restore again.').not.toMatch(PROMISE);
  });
});
