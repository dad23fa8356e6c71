//! Numbers without a pattern: ids that follow from a name, and secrets that nobody can guess.

use std::hash::{BuildHasher, Hasher, RandomState};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A small generator (SplitMix64): plenty for a simulation, no protection for anything real.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Differs in every process and for every call.
    pub(crate) fn unguessable() -> Self {
        Self(RandomState::new().build_hasher().finish())
    }

    /// The same numbers for the same text, so that a site keeps its cloud id from one simulation to the next.
    pub(crate) fn from_text(text: &str) -> Self {
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, fnv))
    }

    /// The next number.
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A version 4 UUID in its usual writing.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.roll(), self.roll());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }

    /// An opaque text of about `length` characters that looks like Atlassian's tokens.
    pub(crate) fn token(&mut self, length: usize) -> String {
        let noise: Vec<u8> = (0..length / 32 * 3)
            .flat_map(|_| self.roll().to_le_bytes())
            .collect();
        format!("eyJraWQiOi{}", URL_SAFE_NO_PAD.encode(noise))
    }
}
