/** Seeded randomness: one generator per consumer, forked by name, so that a new consumer does not shift another's draws. */

export interface Rng {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [0, bound). */
  below(bound: number): number;
  /** A generator of its own, determined by this one's seed and the name alone, not by what was drawn before. */
  fork(name: string): Rng;
}

/** FNV-1a, 32 bit (Fowler, Noll, Vo; draft-eastlake-fnv). */
export function hash32(text: string, basis = 0x811c9dc5): number {
  let hash = basis >>> 0;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** A digest of 16 hexadecimal digits to distinguish payloads; it is no protection against forgery. */
export function digest(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    a = Math.imul(a ^ char, 0x01000193);
    b = Math.imul(b ^ char, 0x01000193);
  }
  const half = (hash: number): string => (hash >>> 0).toString(16).padStart(8, '0');
  return half(a) + half(b);
}

/** The generator sfc32 (Chris Doty-Humphrey, PractRand), seeded by a string and warmed up by 12 draws. */
export function createRng(seed: string): Rng {
  let a = hash32(seed);
  let b = hash32(seed, 0x9e3779b9);
  let c = hash32(seed, 0x85ebca6b);
  let counter = 1;
  const draw = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) draw();
  const next = (): number => draw() / 0x1_0000_0000;
  return {
    next,
    below: (bound) => Math.floor(next() * bound),
    fork: (name) => createRng(`${seed}/${name}`),
  };
}

/** The items in a drawn order. */
export function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  return items
    .map((item) => ({ item, rank: rng.next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** `draws` times 32 drawn bits as text of letters and digits, 7 characters each: what ids are made of. */
export function drawId(rng: Rng, draws: number): string {
  const draw = (): string =>
    rng
      .below(2 ** 32)
      .toString(36)
      .padStart(7, '0');
  return Array.from({ length: draws }, draw).join('');
}
