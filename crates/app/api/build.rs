//! Embeds the built console; without one, a page that says how to build it.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

const WITHOUT: &str = "<!doctype html><title>Trunkline</title><h1>The console is not in this build</h1>\
    <p>Run <code>make console</code>, then build again. The API works: see <a href=\"/openapi.json\">/openapi.json</a>.</p>";

fn main() -> io::Result<()> {
    let variable = |name: &str| PathBuf::from(env::var_os(name).expect("cargo sets it"));
    let out = variable("OUT_DIR");
    let dist = variable("CARGO_MANIFEST_DIR").join("../../../web/apps/console/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        collect(&dist, &mut files)?;
    } else {
        let page = out.join("index.html");
        fs::write(&page, WITHOUT)?;
        files.push((String::from("index.html"), page));
    }
    files.sort();
    let entry = |(name, path): &(String, PathBuf)| format!("    ({name:?}, include_bytes!({path:?})),\n");
    let table: String = files.iter().map(entry).collect();
    fs::write(out.join("console_files.rs"), format!("&[\n{table}]\n"))
}

/// The files of a folder by their path below it, with `/` between its parts.
fn collect(dist: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    let mut folders = vec![(String::new(), dist.canonicalize()?)];
    while let Some((prefix, folder)) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push((name + "/", entry.path()));
            } else {
                files.push((name, entry.path()));
            }
        }
    }
    Ok(())
}
