const special: Record<string, string> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

/** A glob as a regular expression: `*`, `**`, `?`, `[a-z]` and `{a,b}`. A leading dot must be written. */
export function globPattern(glob: string): RegExp {
  let depth = 0;
  const source = glob.replace(/\*\*\/|\*\*|[*?]|\[[^\]]+\]|[{},]|[\\^$.|+()[\]]/g, (token) => {
    if (special[token] !== undefined) return special[token];
    if (token.length > 1) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    if (token === '{') depth++;
    if (token === '}' && depth-- > 0) return ')';
    if (token === '{') return '(?:';
    return token === ',' ? (depth > 0 ? '|' : ',') : `\\${token}`;
  });
  return new RegExp(`^(?!\\.)${source}$`, 'u');
}
