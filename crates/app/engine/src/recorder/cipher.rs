//! The key of one spool.

use std::fmt;

use chacha20poly1305::{
    ChaCha20Poly1305, Key, KeyInit, Nonce,
    aead::{AeadInOut, Buffer, Generate},
};
use model::Channel;
use thiserror::Error;
use zeroize::Zeroize;

use super::CHUNK_BYTES;

/// What sealing adds to a chunk.
pub(super) const SEAL_BYTES: usize = 16;

/// A key that exists in this value alone, and is overwritten when it is dropped.
pub(super) struct ChunkCipher(ChaCha20Poly1305);

/// The system gave no random numbers.
#[derive(Debug, Error)]
#[error("the system's random numbers failed")]
pub(super) struct NoKey;

/// What was read is not what was written.
#[derive(Debug, Error)]
#[error("a chunk of the spool is not as it was written")]
pub(super) struct Tampered;

impl ChunkCipher {
    pub(super) fn new() -> Result<Self, NoKey> {
        let mut key = Key::try_generate().map_err(|_| NoKey)?;
        let cipher = ChaCha20Poly1305::new(&key);
        key.zeroize();
        Ok(Self(cipher))
    }

    /// Encrypts a chunk in place. Each chunk of each channel is sealed once.
    pub(super) fn seal(&self, channel: Channel, chunk: u64, mut bytes: Vec<u8>) -> Vec<u8> {
        // Fails only beyond 256 GB.
        let sealed = self.0.encrypt_in_place(&nonce(channel, chunk), &[], &mut bytes as &mut dyn Buffer);
        debug_assert!(sealed.is_ok(), "a chunk of {CHUNK_BYTES} bytes can be sealed");
        if sealed.is_err() {
            // Nothing unsealed may leave.
            bytes.zeroize();
        }
        bytes
    }

    /// Decrypts a chunk in place.
    pub(super) fn open(&self, channel: Channel, chunk: u64, bytes: &mut Vec<u8>) -> Result<(), Tampered> {
        self.0.decrypt_in_place(&nonce(channel, chunk), &[], bytes as &mut dyn Buffer).map_err(|_| Tampered)
    }
}

/// A number that is used once under its key: the chunk's, and the channel's.
fn nonce(channel: Channel, chunk: u64) -> Nonce {
    let mut nonce = Nonce::default();
    let place = [0; 3].into_iter().chain([u8::from(channel == Channel::ToCustomer)]);
    for (byte, value) in nonce.iter_mut().zip(chunk.to_le_bytes().into_iter().chain(place)) {
        *byte = value;
    }
    nonce
}

impl fmt::Debug for ChunkCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChunkCipher")
    }
}
