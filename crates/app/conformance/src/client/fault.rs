//! What is done to the bytes that a server sends.

use std::time::Duration;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{sleep, timeout},
};

use super::frames::Shuffle;

/// How many bytes are read at once.
const CHUNK: usize = 8 * 1024;
/// A connection ends after this long at the latest.
const MAX_LIFE: Duration = Duration::from_secs(300);

/// What is done to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// It is closed at once.
    Reset,
    /// It is answered with 503.
    Refuse,
    /// It opens, and nothing more comes through.
    Mute,
    /// What comes is held back until the server's end of it, which a stream has not.
    HoldBack,
    /// The request goes through, the answer is lost.
    LoseAnswer,
    /// It is cut after so long.
    CutAfter(Duration),
    /// It comes late and in small pieces.
    Trickle(u64),
    /// Messages change places and come twice.
    Reorder(u64),
}

/// Numbers that are the same for the same seed (xorshift64).
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// From 0 to `below`, without it.
    pub(super) const fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

/// Hands on what the server sends, `head` first, in the way of the fault. Ends with the connection.
pub(super) async fn hand_on(
    fault: Fault,
    head: &[u8],
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let passing = async {
        match fault {
            Fault::LoseAnswer | Fault::Reset | Fault::Refuse => Ok(()),
            Fault::Mute => {
                to.write_all(head).await?;
                swallow(from).await
            }
            Fault::HoldBack => swallow(from).await,
            Fault::None | Fault::CutAfter(_) => {
                to.write_all(head).await?;
                tokio::io::copy(&mut from, &mut to).await.map(drop)
            }
            Fault::Trickle(seed) => trickle(seed, head, from, to).await,
            Fault::Reorder(seed) => {
                to.write_all(head).await?;
                reorder(seed, from, to).await
            }
        }
    };
    let life = if let Fault::CutAfter(life) = fault { life } else { MAX_LIFE };
    timeout(life, passing).await.unwrap_or(Ok(()))
}

async fn swallow(mut from: impl AsyncRead + Unpin) -> std::io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    while from.read(&mut buffer).await? > 0 {}
    Ok(())
}

async fn trickle(
    seed: u64,
    head: &[u8],
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let mut dice = Dice::new(seed);
    let mut buffer = vec![0; CHUNK];
    let mut bytes = head.to_vec();
    loop {
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let size = usize::try_from(dice.roll(9) + 1).unwrap_or(1).min(rest.len());
            let (piece, later) = rest.split_at(size);
            to.write_all(piece).await?;
            to.flush().await?;
            rest = later;
            // One wait for many pieces: the whole is late by tens of milliseconds, not by minutes.
            if dice.roll(64) == 0 {
                sleep(Duration::from_millis(dice.roll(20) + 1)).await;
            }
        }
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        bytes = buffer.iter().take(read).copied().collect();
    }
}

async fn reorder(
    seed: u64,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let mut shuffle = Shuffle::new(seed);
    let mut buffer = vec![0; CHUNK];
    loop {
        // A frame that waits for another to change places with goes on alone after a while.
        let read = match timeout(Duration::from_millis(400), from.read(&mut buffer)).await {
            Ok(read) => read?,
            Err(_) => {
                to.write_all(&shuffle.release()).await?;
                continue;
            }
        };
        if read == 0 {
            return to.write_all(&shuffle.release()).await;
        }
        let out = shuffle.push(buffer.get(..read).unwrap_or_default());
        to.write_all(&out).await?;
    }
}
