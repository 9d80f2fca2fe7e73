//! Runs the built program.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

/// The program, with nothing of this machine's environment that it would read.
pub(crate) fn trunkline<I: AsRef<OsStr>>(args: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trunkline"));
    command.args(args);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TRUNKLINE_") {
            command.env_remove(name);
        }
    }
    command.env_remove("COLUMNS").stdin(Stdio::null());
    command
}

/// What a command came to.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A program that runs until it is told to stop.
pub(crate) struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Running {
    /// Starts it and reads its output up to a line that begins so.
    pub(crate) fn until(command: &mut Command, beginning: &str) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut this = Self { child, output };
        let mut line = String::new();
        while !line.starts_with(beginning) {
            line.clear();
            assert_ne!(this.output.read_line(&mut line).unwrap(), 0, "it ended before it said {beginning}");
        }
        this
    }

    /// Sends a signal, and says how it ended and what it said after that.
    pub(crate) fn signal(mut self, signal: &str) -> Outcome {
        let pid = self.child.id();
        let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {pid}")]).status().unwrap();
        assert!(sent.success());
        let mut stdout = String::new();
        std::io::Read::read_to_string(&mut self.output, &mut stdout).unwrap();
        Outcome { code: self.child.wait().unwrap().code(), stdout, stderr: String::new() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, unless a test failed before it was told to.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
