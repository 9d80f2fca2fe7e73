//! PDF to text, in a process of its own.
//!
//! A PDF is a program for a printer, and its streams unfold a thousandfold. The parser of its syntax keeps no bounds of
//! memory, so it runs in a child of this binary that may take [`MAX_MEMORY_BYTES`] and [`MAX_SECONDS`], has no
//! environment, and gives back text and nothing else. Whatever a file does to it ends as that file's problem.

mod cmap;
mod font;
mod interpret;
mod layout;
mod names;

use std::{
    io::{self, Read, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use serde::{Deserialize, Serialize};

use crate::{
    problem::Unreadable,
    read::{Content, Kind, MAX_HEADING_CHARS, MAX_TEXT_BYTES, one_line},
};

/// Memory that the child may take.
const MAX_MEMORY_BYTES: u64 = 512 << 20;
/// Processor time that the child may take, and how long it may take in all.
const MAX_SECONDS: u64 = 30;
/// What the child answers is text, in JSON.
const MAX_ANSWER_BYTES: u64 = 4 * MAX_TEXT_BYTES as u64;
/// What stands before the child's answer.
const MARK: &[u8] = b"\x1etrunkline-pdf-text\n";
/// The child's exit code when it could not write its answer.
pub const PDF_CHILD_FAILED: u8 = 1;

/// How PDFs are read: by a child process that calls [`read_pdf_here`].
#[derive(Clone, Debug)]
pub struct PdfReader(Option<(PathBuf, Vec<String>)>);

impl PdfReader {
    /// Reads with this program, which must do nothing but [`read_pdf_here`] when it gets these arguments.
    #[must_use]
    pub const fn child(program: PathBuf, arguments: Vec<String>) -> Self {
        Self(Some((program, arguments)))
    }

    /// Reads none: every PDF is a problem that says so.
    #[must_use]
    pub const fn absent() -> Self {
        Self(None)
    }

    /// Reads a PDF. Blocks.
    pub(crate) fn read(&self, bytes: Vec<u8>) -> Result<Content, Unreadable> {
        let Some((program, arguments)) = &self.0 else {
            return Err(Unreadable::NoPdfReader);
        };
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| Unreadable::NoPdfReader)?;
        converse(child, bytes)
    }
}

/// Gives the child the file, and takes its answer, if it comes in time.
fn converse(mut child: Child, bytes: Vec<u8>) -> Result<Content, Unreadable> {
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (answered, answer) = mpsc::channel();
    thread::scope(|scope| {
        // A child that ends early takes no more; its answer says why.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(&bytes)));
        scope.spawn(move || {
            let mut said = Vec::new();
            let read = stdout.map(|stdout| stdout.take(MAX_ANSWER_BYTES).read_to_end(&mut said));
            // Nobody waits any more once it is too late.
            drop(answered.send(read.map(|_| said)));
        });
        let said = answer.recv_timeout(Duration::from_secs(MAX_SECONDS));
        // It has said what it can say. Killing one that has ended does nothing.
        drop(child.kill());
        let ended = child.wait();
        match said {
            Ok(Some(said)) => {
                understand(&said).unwrap_or_else(|| Err(broke(ended.ok().and_then(|status| status.code()))))
            }
            Ok(None) => Err(broke(None)),
            Err(_) => Err(Unreadable::PdfReader(
                "it takes longer to read than a document may: print it to a new PDF",
            )),
        }
    })
}

fn understand(said: &[u8]) -> Option<Result<Content, Unreadable>> {
    let at = said.windows(MARK.len()).position(|window| window == MARK)?;
    let answer: Answer = serde_json::from_slice(said.get(at + MARK.len()..)?).ok()?;
    Some(match answer {
        Answer::Content(content) => Ok(content),
        Answer::Broken => Err(Unreadable::BrokenPdf),
        Answer::Encrypted => Err(Unreadable::Encrypted),
        Answer::TooMuchText => Err(Unreadable::TooMuchText),
    })
}

/// Why a child that says nothing ended: with no code when the bounds stopped it.
const fn broke(code: Option<i32>) -> Unreadable {
    match code {
        Some(_) => Unreadable::PdfReader("the reader broke off at it: print it to a new PDF"),
        None => Unreadable::PdfReader(
            "it takes more memory or time to read than a document may: print it to a new PDF",
        ),
    }
}

/// What the child says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Content(Content),
    Broken,
    Encrypted,
    TooMuchText,
}

/// The child's whole work: reads a PDF from standard input, and writes its text to standard output for the parent.
/// Takes on the bounds first, so call it before anything else runs in the process.
///
/// # Errors
/// When standard input or output fail.
pub fn read_pdf_here() -> io::Result<()> {
    bound_this_process();
    let mut bytes = Vec::new();
    io::stdin().lock().take(Kind::Pdf.max_bytes()).read_to_end(&mut bytes)?;
    let answer = match read(bytes) {
        Ok(content) => Answer::Content(content),
        Err(Unreadable::Encrypted) => Answer::Encrypted,
        Err(Unreadable::TooMuchText) => Answer::TooMuchText,
        Err(_) => Answer::Broken,
    };
    let mut out = io::stdout().lock();
    out.write_all(MARK)?;
    serde_json::to_writer(&mut out, &answer)?;
    out.flush()
}

/// Bounds of memory and time, without a dump of memory at the end. Where one cannot be set the parent's clock remains.
fn bound_this_process() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let both = |limit| Rlimit { current: Some(limit), maximum: Some(limit) };
    for (resource, limit) in
        [(Resource::Data, MAX_MEMORY_BYTES), (Resource::Cpu, MAX_SECONDS), (Resource::Core, 0)]
    {
        setrlimit(resource, both(limit)).ok();
    }
}

/// The text of a PDF.
fn read(bytes: Vec<u8>) -> Result<Content, Unreadable> {
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(
            DecryptionError::PasswordProtected | DecryptionError::UnsupportedAlgorithm,
        ) => Unreadable::Encrypted,
        LoadPdfError::Decryption(DecryptionError::MissingIDEntry | DecryptionError::InvalidEncryption)
        | LoadPdfError::Invalid => Unreadable::BrokenPdf,
    })?;
    let mut pages = Vec::new();
    let mut interpreter = interpret::Interpreter::default();
    for page in pdf.pages().iter() {
        pages.push(interpreter.page(page)?);
    }
    let title = pdf.metadata().title.as_deref().map(|bytes| one_line(&text_string(bytes), MAX_HEADING_CHARS));
    // Programs write the file's name there, which is no title.
    let title =
        title.filter(|title| title.contains(char::is_alphabetic) && !title.contains(['/', '\\', '.']));
    Ok(Content { title, parts: layout::parts(pages) })
}

/// A text of the document's own data: UTF-16 or UTF-8 where it says so, else Latin letters.
fn text_string(bytes: &[u8]) -> String {
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        let units = rest.chunks_exact(2).map(|pair| match pair {
            [one, two] => u16::from_be_bytes([*one, *two]),
            _ => 0,
        });
        return char::decode_utf16(units).map(|c| c.unwrap_or(' ')).collect();
    }
    if let Some(rest) = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]) {
        return String::from_utf8_lossy(rest).into_owned();
    }
    bytes.iter().copied().map(crate::read::windows_1252).collect()
}

#[cfg(test)]
pub(crate) mod tests;
