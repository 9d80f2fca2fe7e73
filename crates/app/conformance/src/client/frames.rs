//! A server's WebSocket frames (RFC 6455, section 5.2), told apart so that they can change places.

use super::fault::Dice;

/// The largest frame that is taken apart; beyond it bytes go on as they come.
const MAX_FRAME: usize = 16 * 1024 * 1024;
/// FIN and the opcode of a text.
const WHOLE_TEXT: u8 = 0x81;

/// Lets text frames change places and come twice.
#[derive(Debug)]
pub(super) struct Shuffle {
    bytes: Vec<u8>,
    /// A frame that waits for the next one, to come after it.
    held: Vec<u8>,
    dice: Dice,
    gave_up: bool,
}

impl Shuffle {
    pub(super) const fn new(seed: u64) -> Self {
        Self { bytes: Vec::new(), held: Vec::new(), dice: Dice::new(seed), gave_up: false }
    }

    /// Takes bytes in and gives what is to go on.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.bytes.extend_from_slice(bytes);
        let mut out = Vec::new();
        while let Some(frame) = self.frame() {
            self.pass(frame, &mut out);
        }
        if self.gave_up {
            out.append(&mut self.release());
            out.append(&mut self.bytes);
        }
        out
    }

    /// What waits.
    pub(super) fn release(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    fn pass(&mut self, frame: Vec<u8>, out: &mut Vec<u8>) {
        if frame.first() != Some(&WHOLE_TEXT) {
            // Control frames keep their place, and what is in pieces its order.
            out.append(&mut self.release());
            out.extend(frame);
            return;
        }
        match self.dice.roll(5) {
            0 if self.held.is_empty() => self.held = frame,
            1 => {
                out.extend_from_slice(&frame);
                out.extend(frame);
                out.append(&mut self.release());
            }
            _ => {
                out.extend(frame);
                out.append(&mut self.release());
            }
        }
    }

    /// The next whole frame.
    fn frame(&mut self) -> Option<Vec<u8>> {
        let [_, second, ..] = *self.bytes.as_slice() else { return None };
        let (size, start) = match second & 0x7F {
            126 => (u64::from(u16::from_be_bytes(self.number(2)?)), 4),
            127 => (u64::from_be_bytes(self.number(2)?), 10),
            small => (u64::from(small), 2),
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        // A server's frames are never masked.
        if size > MAX_FRAME || second & 0x80 != 0 {
            self.gave_up = true;
            return None;
        }
        if self.bytes.len() < start + size {
            return None;
        }
        let rest = self.bytes.split_off(start + size);
        Some(std::mem::replace(&mut self.bytes, rest))
    }

    fn number<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.bytes.get(at..at + N)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![WHOLE_TEXT];
        match u8::try_from(payload.len()) {
            Ok(size @ ..126) => frame.push(size),
            _ => {
                frame.push(126);
                frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
            }
        }
        frame.extend_from_slice(payload);
        frame
    }

    fn payloads(mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut shuffle = Shuffle::new(0);
        shuffle.bytes = bytes.to_vec();
        bytes = &[];
        let mut out = Vec::new();
        while let Some(frame) = shuffle.frame() {
            out.push(frame);
        }
        assert!(shuffle.bytes.is_empty() && bytes.is_empty(), "half a frame is left");
        out
    }

    proptest! {
        #[test]
        fn every_frame_comes_whole_and_at_least_once_however_the_bytes_are_cut(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..40),
            cut in 1usize..50,
            seed in any::<u64>(),
        ) {
            let frames: Vec<Vec<u8>> = frames.iter().map(|payload| text(payload)).collect();
            let bytes = frames.concat();
            let mut shuffle = Shuffle::new(seed);
            let mut out = Vec::new();
            for piece in bytes.chunks(cut) {
                out.extend(shuffle.push(piece));
            }
            out.extend(shuffle.release());
            let mut came = payloads(&out);
            let mut sent = frames;
            came.sort();
            came.dedup();
            sent.sort();
            sent.dedup();
            prop_assert_eq!(came, sent);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
            let mut shuffle = Shuffle::new(1);
            for piece in bytes.chunks(7) {
                shuffle.push(piece);
            }
        }
    }
}
