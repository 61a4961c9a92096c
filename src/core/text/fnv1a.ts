/** FNV-1a over the characters of a text, as a signed 32-bit number: tells texts apart, and keeps no secret. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return hash;
}
