//! This host: its disk, the files it may open, its ports.

use std::{
    fs,
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

use config::Role;
use doctor::{Finding, checks, judge};

use super::{Scope, reach};

pub(super) async fn look(scope: &Scope) -> Vec<Finding> {
    let folder = scope.config.storage.folder.clone();
    let looking = tokio::task::spawn_blocking(move || vec![writable(&folder), disk(&folder)]);
    let mut out = looking.await.unwrap_or_default();
    if scope.config.server.roles.contains(&Role::Worker) {
        out.push(open_files(scope.config.engine.max_calls as u64));
    }
    out.extend(ports(scope).await);
    out
}

fn writable(folder: &Path) -> Finding {
    let check = &checks::HOST_FOLDER;
    let subject = folder.display().to_string();
    let finding = if folder.is_dir() {
        let file = folder.join(format!(".doctor-{}", std::process::id()));
        match fs::write(&file, b"trunkline").and_then(|()| fs::remove_file(&file)) {
            Ok(()) => check.ok("it can be written"),
            Err(error) => check.error(format!("it cannot be written: {error}")),
        }
    } else if folder.exists() {
        check.error("it is no folder")
    } else {
        let parent = existing(folder);
        match fs::metadata(&parent).map(|parent| parent.permissions().readonly()) {
            Ok(false) => check.ok("it is not there yet, and is made at the first start"),
            Ok(true) | Err(_) => {
                check.error(format!("it is not there, and {} does not let it be made", parent.display()))
            }
        }
    };
    finding.about(subject)
}

/// The folder itself, or the nearest above it that is there.
fn existing(folder: &Path) -> PathBuf {
    let found = folder.ancestors().find(|folder| folder.is_dir() && !folder.as_os_str().is_empty());
    found.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn disk(folder: &Path) -> Finding {
    let at = existing(folder);
    let finding = match rustix::fs::statvfs(&at) {
        Ok(facts) => judge::disk(judge::DiskFacts {
            free_bytes: facts.f_bavail.saturating_mul(facts.f_frsize),
            free_inodes: (facts.f_files > 0).then_some(facts.f_favail),
        }),
        Err(error) => checks::HOST_DISK.warning(format!("its room is not known: {error}")),
    };
    finding.about(at.display().to_string())
}

fn open_files(max_calls: u64) -> Finding {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    judge::open_files(limit.current.unwrap_or(u64::MAX), max_calls)
}

/// The addresses that a server would take. Where it runs already, they are its own.
async fn ports(scope: &Scope) -> Vec<Finding> {
    let config = &scope.config;
    let mut out = vec![port(config.server.listen, "/health/live").await];
    if config.kvs.endpoint.is_none() {
        out.push(port(config.kvs.listen, "/_trunkline/faults").await);
    }
    out
}

async fn port(address: SocketAddr, ours: &str) -> Finding {
    let check = &checks::HOST_PORTS;
    let finding = match TcpListener::bind(address) {
        Ok(_) => check.ok("it is free"),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let answer = reach::http(&format!("http://{}{ours}", loopback(address))).await;
            match answer {
                Ok(answer) if answer.status == 200 => check.ok("Trunkline listens there"),
                Ok(_) | Err(_) => check.warning("another program listens there"),
            }
        }
        Err(error) => check.error(format!("it cannot be listened on: {error}")),
    };
    finding.about(address.to_string())
}

/// Where a server that listens everywhere is asked.
fn loopback(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(_) if address.ip().is_unspecified() => {
            SocketAddr::from(([127, 0, 0, 1], address.port()))
        }
        SocketAddr::V6(_) if address.ip().is_unspecified() => {
            SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], address.port()))
        }
        SocketAddr::V4(_) | SocketAddr::V6(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use doctor::Severity;

    use super::*;

    #[test]
    fn a_folder_is_written_or_can_be_made() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(writable(folder.path()).severity, Severity::Ok);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(writable(&folder.path().join("a/b")).severity, Severity::Ok);
        assert!(!folder.path().join("a").exists(), "nothing is made");
        fs::write(folder.path().join("file"), "x").unwrap();
        assert_eq!(writable(&folder.path().join("file")).severity, Severity::Error);
    }

    #[tokio::test]
    async fn a_port_that_another_program_has_is_told() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        // It takes connections and says nothing.
        drop(taken.local_addr().map(|address| address.port()));
        let finding = port(taken.local_addr().unwrap(), "/health/live").await;
        assert_eq!(finding.severity, Severity::Warning, "{}", finding.what);
        let server = kvs_server::Server::bind(kvs_server::Config::default()).await.unwrap().spawn();
        let finding = port(server.local_addr(), "/_trunkline/faults").await;
        assert_eq!(finding.severity, Severity::Ok, "{}", finding.what);
    }
}
