/**
 * What a terminal or a reader of lines would act on instead of showing it: control characters (escapes, carriage
 * returns), those that turn the direction of text or break a line, half surrogate pairs. Tabs and line feeds stay.
 */
const ACTING = /[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * A text that is not ours (names, labels, versions, messages of others), with what would act on a terminal shown as
 * JSON escapes it: `\u001b`. Everything that is printed, logged or stands on a page goes through here.
 */
export const escapeControls = (text: string): string => text.replace(ACTING, escaped);
