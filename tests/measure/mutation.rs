//! Pages with random damage, the same ones each time.

/// A generator of numbers that need not be good, only repeatable (xorshift).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`, or 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.0 % limit).unwrap_or(0)
    }
}

/// A piece of a page with up to 20 random changes, some of which bring in pieces of `other`.
pub(crate) fn mutated(page: &str, other: &str, random: &mut Random) -> String {
    let mut bytes = piece(page.as_bytes(), 4096, random).to_vec();
    for _ in 0..=random.below(20) {
        let at = random.below(bytes.len());
        let to = at + random.below(bytes.len().saturating_sub(at).min(64));
        match random.below(6) {
            0 => drop(bytes.drain(at..to)),
            1 => bytes.insert(at, b"<>/&]\\[\"' -!|*`_#="[random.below(18)]),
            2 => bytes
                .splice(at..at, piece(other.as_bytes(), 200, random).to_vec())
                .for_each(drop),
            3 => bytes.truncate(bytes.len().saturating_sub(random.below(40))),
            4 => bytes.splice(at..at, bytes[at..to].to_vec()).for_each(drop),
            _ => bytes.splice(at..to, [0xef, 0xb7, 0x90]).for_each(drop),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn piece<'a>(bytes: &'a [u8], length: usize, random: &mut Random) -> &'a [u8] {
    let start = random.below(bytes.len());
    let end = bytes.len().min(start + random.below(length) + 1);
    &bytes[start.min(end)..end]
}
