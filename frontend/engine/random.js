// The random numbers of `hbmlib.simulate`: NumPy's SeedSequence and MT19937, 53-bit uniforms,
// Box and Muller's normals. Same seed, same numbers.

const POOL = 4;
const MULT_A = 0x931e8875;
const MULT_B = 0x58f38ded;

// NumPy's SeedSequence (after O'Neill's seed_seq): mixes the entropy into a pool of four words,
// then stretches the pool into as many words as asked for.
export function seedWords(entropy, count) {
  const words = entropy.flatMap(wordsOf);
  let hash = 0x43b0d7e5;
  const hashmix = (value) => {
    value ^= hash;
    hash = Math.imul(hash, MULT_A);
    value = Math.imul(value, hash);
    return (value ^ (value >>> 16)) >>> 0;
  };
  const mix = (x, y) => {
    const z = (Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715)) >>> 0;
    return (z ^ (z >>> 16)) >>> 0;
  };

  const pool = Array.from({ length: POOL }, (_, i) => hashmix(words[i] ?? 0));
  for (let from = 0; from < POOL; from++) {
    for (let to = 0; to < POOL; to++) {
      if (from !== to) pool[to] = mix(pool[to], hashmix(pool[from]));
    }
  }
  for (let from = POOL; from < words.length; from++) {
    for (let to = 0; to < POOL; to++) pool[to] = mix(pool[to], hashmix(words[from]));
  }

  hash = 0x8b51f9dd;
  return Uint32Array.from({ length: count }, (_, i) => {
    let value = pool[i % POOL] ^ hash;
    hash = Math.imul(hash, MULT_B);
    value = Math.imul(value, hash);
    return value ^ (value >>> 16);
  });
}

function wordsOf(number) {
  const high = Math.floor(number / 2 ** 32);
  return high > 0 ? [number >>> 0, high] : [number >>> 0];
}

// The Mersenne Twister with NumPy's seeding; returns a function that gives uniforms on [0, 1).
export function generator(seed, stream = 0) {
  const N = 624;
  const key = seedWords(stream ? [seed, stream] : [seed], N);
  key[0] = 0x80000000;
  let position = N - 1;

  const twist = () => {
    for (let i = 0; i < N; i++) {
      const y = (key[i] & 0x80000000) | (key[(i + 1) % N] & 0x7fffffff);
      key[i] = key[(i + 397) % N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    position = 0;
  };
  const word = () => {
    if (position === N) twist();
    let y = key[position++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
  return () => {
    const high = word() >>> 5;
    const low = word() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  };
}

export function standardNormal(random, size) {
  const normals = new Float64Array(size);
  for (let i = 0; i < size; i += 2) {
    const radius = Math.sqrt(-2 * Math.log1p(-random()));
    const angle = 2 * Math.PI * random();
    normals[i] = radius * Math.cos(angle);
    if (i + 1 < size) normals[i + 1] = radius * Math.sin(angle);
  }
  return normals;
}
