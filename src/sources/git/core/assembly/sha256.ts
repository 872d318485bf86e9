// SHA-256 (FIPS 180-4), for the little that a second scan holds against what an earlier one wrote.

/** Behind the sum of eight words stand those of the block that is added to it, and the constants. */
const WORDS: usize = 32;
const KEYS: usize = WORDS + 256;

/** Begins a sum at `at`, which takes 544 bytes. */
export function sha256Begin(at: usize): void {
  store<u32>(at, 0x6a09e667);
  store<u32>(at, 0xbb67ae85, 4);
  store<u32>(at, 0x3c6ef372, 8);
  store<u32>(at, 0xa54ff53a, 12);
  store<u32>(at, 0x510e527f, 16);
  store<u32>(at, 0x9b05688c, 20);
  store<u32>(at, 0x1f83d9ab, 24);
  store<u32>(at, 0x5be0cd19, 28);
  store<u32>(at, 0x428a2f98, KEYS + 0);
  store<u32>(at, 0x71374491, KEYS + 4);
  store<u32>(at, 0xb5c0fbcf, KEYS + 8);
  store<u32>(at, 0xe9b5dba5, KEYS + 12);
  store<u32>(at, 0x3956c25b, KEYS + 16);
  store<u32>(at, 0x59f111f1, KEYS + 20);
  store<u32>(at, 0x923f82a4, KEYS + 24);
  store<u32>(at, 0xab1c5ed5, KEYS + 28);
  store<u32>(at, 0xd807aa98, KEYS + 32);
  store<u32>(at, 0x12835b01, KEYS + 36);
  store<u32>(at, 0x243185be, KEYS + 40);
  store<u32>(at, 0x550c7dc3, KEYS + 44);
  store<u32>(at, 0x72be5d74, KEYS + 48);
  store<u32>(at, 0x80deb1fe, KEYS + 52);
  store<u32>(at, 0x9bdc06a7, KEYS + 56);
  store<u32>(at, 0xc19bf174, KEYS + 60);
  store<u32>(at, 0xe49b69c1, KEYS + 64);
  store<u32>(at, 0xefbe4786, KEYS + 68);
  store<u32>(at, 0x0fc19dc6, KEYS + 72);
  store<u32>(at, 0x240ca1cc, KEYS + 76);
  store<u32>(at, 0x2de92c6f, KEYS + 80);
  store<u32>(at, 0x4a7484aa, KEYS + 84);
  store<u32>(at, 0x5cb0a9dc, KEYS + 88);
  store<u32>(at, 0x76f988da, KEYS + 92);
  store<u32>(at, 0x983e5152, KEYS + 96);
  store<u32>(at, 0xa831c66d, KEYS + 100);
  store<u32>(at, 0xb00327c8, KEYS + 104);
  store<u32>(at, 0xbf597fc7, KEYS + 108);
  store<u32>(at, 0xc6e00bf3, KEYS + 112);
  store<u32>(at, 0xd5a79147, KEYS + 116);
  store<u32>(at, 0x06ca6351, KEYS + 120);
  store<u32>(at, 0x14292967, KEYS + 124);
  store<u32>(at, 0x27b70a85, KEYS + 128);
  store<u32>(at, 0x2e1b2138, KEYS + 132);
  store<u32>(at, 0x4d2c6dfc, KEYS + 136);
  store<u32>(at, 0x53380d13, KEYS + 140);
  store<u32>(at, 0x650a7354, KEYS + 144);
  store<u32>(at, 0x766a0abb, KEYS + 148);
  store<u32>(at, 0x81c2c92e, KEYS + 152);
  store<u32>(at, 0x92722c85, KEYS + 156);
  store<u32>(at, 0xa2bfe8a1, KEYS + 160);
  store<u32>(at, 0xa81a664b, KEYS + 164);
  store<u32>(at, 0xc24b8b70, KEYS + 168);
  store<u32>(at, 0xc76c51a3, KEYS + 172);
  store<u32>(at, 0xd192e819, KEYS + 176);
  store<u32>(at, 0xd6990624, KEYS + 180);
  store<u32>(at, 0xf40e3585, KEYS + 184);
  store<u32>(at, 0x106aa070, KEYS + 188);
  store<u32>(at, 0x19a4c116, KEYS + 192);
  store<u32>(at, 0x1e376c08, KEYS + 196);
  store<u32>(at, 0x2748774c, KEYS + 200);
  store<u32>(at, 0x34b0bcb5, KEYS + 204);
  store<u32>(at, 0x391c0cb3, KEYS + 208);
  store<u32>(at, 0x4ed8aa4a, KEYS + 212);
  store<u32>(at, 0x5b9cca4f, KEYS + 216);
  store<u32>(at, 0x682e6ff3, KEYS + 220);
  store<u32>(at, 0x748f82ee, KEYS + 224);
  store<u32>(at, 0x78a5636f, KEYS + 228);
  store<u32>(at, 0x84c87814, KEYS + 232);
  store<u32>(at, 0x8cc70208, KEYS + 236);
  store<u32>(at, 0x90befffa, KEYS + 240);
  store<u32>(at, 0xa4506ceb, KEYS + 244);
  store<u32>(at, 0xbef9a3f7, KEYS + 248);
  store<u32>(at, 0xc67178f2, KEYS + 252);
}

@inline function spread(x: u32, one: u32, two: u32, three: u32): u32 {
  return rotr<u32>(x, one) ^ rotr<u32>(x, two) ^ rotr<u32>(x, three);
}

@inline function mixed(x: u32, one: u32, two: u32, shift: u32): u32 {
  return rotr<u32>(x, one) ^ rotr<u32>(x, two) ^ (x >>> shift);
}

@inline function addTo(word: usize, more: u32): void {
  store<u32>(word, load<u32>(word) + more);
}

/** Adds whole blocks of 64 bytes to the sum at `at`. */
export function sha256Blocks(at: usize, from: usize, end: usize): void {
  const words = at + WORDS;
  const keys = at + KEYS;
  for (; from < end; from += 64) {
    for (let i: usize = 0; i < 64; i += 4) store<u32>(words + i, bswap<u32>(load<u32>(from + i)));
    for (let word = words; word < words + 192; word += 4) {
      const late = mixed(load<u32>(word, 56), 17, 19, 10);
      store<u32>(word, load<u32>(word) + mixed(load<u32>(word, 4), 7, 18, 3) + load<u32>(word, 36) + late, 64);
    }
    let a = load<u32>(at);
    let b = load<u32>(at, 4);
    let c = load<u32>(at, 8);
    let d = load<u32>(at, 12);
    let e = load<u32>(at, 16);
    let f = load<u32>(at, 20);
    let g = load<u32>(at, 24);
    let h = load<u32>(at, 28);
    for (let i: usize = 0; i < 256; i += 4) {
      const one = h + spread(e, 6, 11, 25) + (g ^ (e & (f ^ g))) + load<u32>(keys + i) + load<u32>(words + i);
      const two = spread(a, 2, 13, 22) + ((a & b) | (c & (a | b)));
      h = g;
      g = f;
      f = e;
      e = d + one;
      d = c;
      c = b;
      b = a;
      a = one + two;
    }
    addTo(at, a);
    addTo(at + 4, b);
    addTo(at + 8, c);
    addTo(at + 12, d);
    addTo(at + 16, e);
    addTo(at + 20, f);
    addTo(at + 24, g);
    addTo(at + 28, h);
  }
}
