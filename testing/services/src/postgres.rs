//! A PostgreSQL server.

use std::{fs, path::PathBuf, process::Command};

use crate::server::{Folder, Server, Signal, as_user, find_program, free_port, unprivileged, wait_until};

/// Set to 1, it lets tests pass without a PostgreSQL on this machine.
pub const SKIP_POSTGRES: &str = "TRUNKLINE_SKIP_POSTGRES";
/// Names the folder of PostgreSQL's programs, where they are neither on the path nor at the usual places.
const PROGRAMS: &str = "TRUNKLINE_PG_BIN";
/// How often a start is tried, should somebody take the port in between.
const STARTS: u32 = 5;

/// A PostgreSQL of the test's own. Its superuser is `trunkline`, and it asks for no password.
#[derive(Debug)]
pub struct Postgres {
    program: PathBuf,
    user: Option<String>,
    port: u16,
    settings: Vec<String>,
    // Ends before the folder goes.
    server: Option<Server>,
    folder: Folder,
}

impl Postgres {
    /// Starts one that does not wait for the disk.
    ///
    /// # Panics
    /// When there is no PostgreSQL on this machine, or it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&["fsync=off"])
    }

    /// Starts one, unless the machine has none and [`SKIP_POSTGRES`] says that this is fine.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    #[must_use]
    #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub fn start_or_skip() -> Option<Self> {
        if program("postgres").is_none() && std::env::var_os(SKIP_POSTGRES).is_some_and(|value| value == "1")
        {
            eprintln!("skipped: there is no PostgreSQL here, and {SKIP_POSTGRES} is set");
            return None;
        }
        Some(Self::start())
    }

    /// Starts one with settings, each as `name=value`.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    #[must_use]
    pub fn start_with(settings: &[&str]) -> Self {
        Self::made(settings).started()
    }

    /// Starts one that can speak TLS, by a certificate for 127.0.0.1 that is its own authority.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    #[must_use]
    pub fn start_with_tls() -> Self {
        let made = Self::made(&["fsync=off", "ssl=on"]);
        let names = ["127.0.0.1".to_owned()];
        let own = rcgen::generate_simple_self_signed(names).expect("a certificate");
        made.folder.write("data/server.crt", &own.cert.pem(), made.user.as_deref());
        made.folder.write("data/server.key", &own.signing_key.serialize_pem(), made.user.as_deref());
        made.started()
    }

    /// The certificate to trust of one that speaks TLS.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("data/server.crt")
    }

    /// One that is not started yet.
    fn made(settings: &[&str]) -> Self {
        let (Some(program), Some(initdb)) = (program("postgres"), program("initdb")) else {
            panic!(
                "these tests need PostgreSQL 13 or newer: install it (Debian: apt-get install postgresql), \
                 name the folder of its programs in {PROGRAMS}, or set {SKIP_POSTGRES}=1 to go without"
            );
        };
        let user = unprivileged("postgres");
        let folder = Folder::new(user.as_deref());
        let mut words = as_user(user.as_deref());
        words.push(initdb.to_string_lossy().into_owned());
        let data = folder.path().join("data");
        let mut words = words.iter();
        let mut command = Command::new(words.next().expect("at least the program"));
        command.args(words).args(["--no-sync", "-A", "trust", "-U", "trunkline", "-E", "UTF8", "--locale=C"]);
        let done = command.arg("-D").arg(&data).current_dir(folder.path()).output().expect("initdb runs");
        assert!(done.status.success(), "initdb failed: {}", String::from_utf8_lossy(&done.stderr));
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        Self { program, user, port: 0, settings, server: None, folder }
    }

    fn started(mut self) -> Self {
        for _ in 0..STARTS {
            self.port = free_port();
            if self.try_start() {
                return self;
            }
        }
        panic!("PostgreSQL does not start: {}", self.output());
    }

    /// The address of one of its databases.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://trunkline@127.0.0.1:{}/{database}", self.port)
    }

    /// The port on which it listens, also after it was stopped and started again.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Stops it in good order; its clients are cut off.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.signal(Signal::Int);
            server.wait();
        }
    }

    /// Kills it with all its processes, as a power loss would.
    pub fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.signal_all(Signal::Kill);
            server.wait();
        }
    }

    /// Starts it again on the same port and data.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        if self.server.is_none() {
            assert!(self.try_start(), "PostgreSQL does not start again: {}", self.output());
        }
    }

    /// Makes it stand still: its connections stay open and nothing is answered.
    pub fn pause(&self) {
        if let Some(server) = &self.server {
            server.signal_all(Signal::Stop);
        }
    }

    /// Lets it go on.
    pub fn resume(&self) {
        if let Some(server) = &self.server {
            server.signal_all(Signal::Cont);
        }
    }

    fn try_start(&mut self) -> bool {
        let state = self.folder.path().join("data/postmaster.pid");
        // One that was killed leaves its file.
        drop(fs::remove_file(&state));
        let mut args = vec![
            "-D".to_owned(),
            self.folder.path().join("data").to_string_lossy().into_owned(),
            "-p".to_owned(),
            self.port.to_string(),
        ];
        let ours = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=64MB"];
        for setting in ours.into_iter().chain(self.settings.iter().map(String::as_str)) {
            args.extend(["-c".to_owned(), setting.to_owned()]);
        }
        let log = self.folder.path().join("output");
        let server = Server::start(&self.program, &args, self.user.as_deref(), &log);
        // The last line of its state file.
        let is_ready = || fs::read_to_string(&state).is_ok_and(|text| text.trim_end().ends_with("ready"));
        wait_until("PostgreSQL to be ready", || is_ready() || server.is_over());
        let started = is_ready() && !server.is_over();
        self.server = started.then_some(server);
        started
    }

    fn output(&self) -> String {
        fs::read_to_string(self.folder.path().join("output")).unwrap_or_default()
    }
}

/// One of PostgreSQL's programs: of the newest version, where there are several.
fn program(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os(PROGRAMS).map(PathBuf::from);
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut usual: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    usual.sort();
    find_program(name, named.into_iter().chain(usual.into_iter().rev()).collect())
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn it_is_stopped_killed_and_started_again_on_its_port() {
        let Some(mut postgres) = Postgres::start_or_skip() else { return };
        let port = postgres.port();
        let answers = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        assert!(answers());
        postgres.stop();
        assert!(!answers());
        postgres.start_again();
        assert!(answers());
        postgres.kill();
        assert!(!answers());
        postgres.start_again();
        assert!(answers());
        postgres.pause();
        drop(postgres);
        assert!(!answers(), "a paused server outlives its test");
    }
}
