import { AssemblyError, type SourcePlace } from './error.js';

export type TokenKind = 'number' | 'word' | 'mark' | 'end';

export interface Token extends SourcePlace {
  readonly kind: TokenKind;
  readonly text: string;
}

/** Signed operators begin with an s that would otherwise be a word; the longest form comes first. */
const TOKEN = new RegExp(
  [
    '(?<blank>[ \\t\\r]+)',
    '(?<comment>(?:;|//|#).*)',
    '(?<number>0[xX][0-9a-fA-F]+|[0-9]+)(?![\\w.$])',
    '(?<mark>s>>=|s>>|s/=|s%=|s>=|s<=|s>|s<|<<=|>>=|\\+=|-=|\\*=|/=|%=|\\|=|&=|\\^=|==|!=|>=|<=|[-+*/%|&^<>=()[\\],:])',
    '(?<word>[A-Za-z_.$][\\w.$]*)',
  ].join('|'),
  'y',
);

/** The tokens of one line, closed by one of kind 'end'. Throws AssemblyError at a character that begins none. */
export function tokensOf(text: string, line: number): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) {
      const odd = /^\d[\w.$]*|^./u.exec(text.slice(at))?.[0] ?? '';
      throw new AssemblyError({ line, column: at + 1 }, `"${odd}"`, 'a number, a register, an operator or a name');
    }
    const place = { line, column: at + 1 };
    if (groups['number'] !== undefined) tokens.push({ kind: 'number', text: groups['number'], ...place });
    else if (groups['mark'] !== undefined) tokens.push({ kind: 'mark', text: groups['mark'], ...place });
    else if (groups['word'] !== undefined) tokens.push({ kind: 'word', text: groups['word'], ...place });
  }
  tokens.push({ kind: 'end', text: '', line, column: text.length + 1 });
  return tokens;
}
