/** A sentence of docs/security.md that claims something, and the test that would fail if it were false. */
export type Claim = [sentence: string, file: string, title: string];

/**
 * What a section of the page says. Sentences that state no check stand by their first words. `explains`: what
 * something is, why it is so, or whose it is; `advises`: what the reader should do; `remains`: what is possible
 * nevertheless; `opens`: leads to the sentences after it and says no more than they do.
 */
export interface Section {
  claims: Claim[];
  explains?: string[];
  advises?: string[];
  remains?: string[];
  opens?: string[];
}
