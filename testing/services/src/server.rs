//! One process that a test started, and how it is stopped.

use std::{
    fs,
    io::Write,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long a server may take to start or to stop.
const MAX_WAIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);
/// Starts what it is told, and ends it when its own input closes: when the test says so, and when the test's process
/// is gone in whatever way, with which the server's folder goes, too. By SIGQUIT, at which PostgreSQL waits for nobody,
/// and by SIGTERM for those that a shell has made deaf to SIGQUIT.
const KEEPER: &str = r#""$@" </dev/null & pid=$!; echo $pid; read -r word
    kill -QUIT $pid 2>/dev/null; kill -TERM $pid 2>/dev/null; wait $pid
    case "$word$0" in /*/trunkline-test-*) rm -rf -- "$0";; esac"#;

/// A signal that a server is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signal {
    /// Go on after a pause.
    Cont,
    /// End now, in whatever state.
    Kill,
    /// End in good order.
    Int,
    /// Stand still.
    Stop,
}

/// A running server with the process that keeps it.
#[derive(Debug)]
pub(crate) struct Server {
    keeper: Child,
    input: Option<ChildStdin>,
    pid: u32,
}

impl Server {
    /// Starts a program. Its output goes to a file, which a failed start shows.
    pub(crate) fn start(program: &Path, args: &[String], user: Option<&str>, output: &Path) -> Self {
        let log = fs::File::create(output).expect("a file for the server's output");
        let mut command = Command::new("sh");
        let folder = output.parent().unwrap_or(output);
        command.args(["-c", KEEPER]).arg(folder).args(as_user(user)).arg(program).args(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut keeper = command.spawn().expect("sh starts");
        let input = keeper.stdin.take();
        let pid = first_line(&mut keeper).trim().parse().expect("the keeper says the server's pid");
        Self { keeper, input, pid }
    }

    /// Whether it has ended by itself.
    pub(crate) fn is_over(&self) -> bool {
        is_over(self.pid)
    }

    /// Sends a signal to the server and to all that it started. Those that are killed are gone afterwards.
    pub(crate) fn signal_all(&self, signal: Signal) {
        let kills = matches!(signal, Signal::Kill);
        if kills {
            // From here on it starts nothing.
            self.signal(Signal::Stop);
        }
        let family = family(self.pid);
        family.iter().for_each(|pid| send(*pid, signal));
        if kills {
            wait_until("the server's processes to end", || family.iter().all(|pid| is_over(*pid)));
        }
    }

    /// Sends a signal to the server alone.
    pub(crate) fn signal(&self, signal: Signal) {
        send(self.pid, signal);
    }

    /// Waits until the server has ended.
    pub(crate) fn wait(mut self) {
        wait_until("the server to end", || self.is_over());
        self.end();
    }

    fn end(&mut self) {
        if let Some(mut input) = self.input.take() {
            // The folder is whose it is that ends the server. A keeper that is gone needs no word.
            drop(input.write_all(b"keep\n"));
        }
        // Its keeper waits for it; a paused one would never hear that it should end.
        self.signal_all(Signal::Cont);
        drop(self.keeper.wait());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// A folder that the server's user may use, removed with this.
#[derive(Debug)]
pub(crate) struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    pub(crate) fn new(user: Option<&str>) -> Self {
        let folder =
            tempfile::Builder::new().prefix("trunkline-test-").tempdir().expect("a temporary folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("a folder of ours");
        if let Some(user) = user {
            give(folder.path(), user);
        }
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file that only the user may read.
    pub(crate) fn write(&self, name: &str, text: &str, user: Option<&str>) {
        let file = self.path().join(name);
        fs::write(&file, text).expect("the folder can be written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a file of ours");
        if let Some(user) = user {
            give(&file, user);
        }
    }
}

fn give(path: &Path, user: &str) {
    let done = Command::new("chown").arg(user).arg(path).status().expect("chown runs");
    assert!(done.success(), "{} cannot be given to {user}", path.display());
}

/// The user as whom a server runs that refuses to run as root; none when the test is not root's.
pub(crate) fn unprivileged(wanted: &str) -> Option<String> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let exists = |name: &str| users.lines().any(|line| line.split(':').next() == Some(name));
    let user = [wanted, "nobody"].into_iter().find(|name| exists(name))?;
    is_root.then(|| user.to_owned())
}

/// The words before a command that make it run as a user.
pub(crate) fn as_user(user: Option<&str>) -> Vec<String> {
    let words =
        |user: &str| vec!["setpriv".into(), format!("--reuid={user}"), "--clear-groups".into(), "--".into()];
    user.map(words).unwrap_or_default()
}

/// A program in one of the folders or on the path.
pub(crate) fn find_program(name: &str, folders: Vec<PathBuf>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = folders.into_iter().chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// A port that nobody uses now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

/// Waits until something holds.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < MAX_WAIT, "waited {MAX_WAIT:?} for {what}");
        thread::sleep(POLL);
    }
}

fn first_line(child: &mut Child) -> String {
    let output = child.stdout.take().expect("its output is piped");
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line).expect("the keeper speaks");
    line
}

fn send(pid: u32, signal: Signal) {
    let name = match signal {
        Signal::Cont => "-CONT",
        Signal::Kill => "-KILL",
        Signal::Int => "-INT",
        Signal::Stop => "-STOP",
    };
    // One that is gone already needs no signal.
    drop(Command::new("kill").arg(name).arg(pid.to_string()).stderr(Stdio::null()).status());
}

/// A process and all that descend from it.
fn family(root: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parents: Vec<(u32, u32)> = pids.filter_map(|pid| Some((pid, parent_of(pid)?))).collect();
    let mut family = vec![root];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        family.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    family
}

fn parent_of(pid: u32) -> Option<u32> {
    after_name(pid)?.split_whitespace().nth(1)?.parse().ok()
}

fn is_over(pid: u32) -> bool {
    state_of(pid).is_none_or(|state| state == 'Z')
}

fn state_of(pid: u32) -> Option<char> {
    after_name(pid)?.trim_start().chars().next()
}

/// What `/proc` says of a process after its name, which may hold anything.
fn after_name(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')').map(|(_, after)| after.to_owned())
}
