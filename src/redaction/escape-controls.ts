/**
 * Characters that a terminal or a line reader would act on instead of showing: control characters (escapes, carriage
 * returns), characters that change the text direction or break a line, and unpaired surrogates. Tabs and line feeds
 * stay.
 */
const ACTING = /[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Text from elsewhere (names, labels, versions, other programs' messages) in which everything that would act on a
 * terminal is escaped as in JSON: `\u001b`. Everything that is printed, logged or shown on a page goes through here.
 */
export const escapeControls = (text: string): string => text.replace(ACTING, escaped);
