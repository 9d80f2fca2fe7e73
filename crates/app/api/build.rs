//! Finds the built console, so that it can be embedded; without one, a page that says how to build it.

use std::{env, fs, path::PathBuf};

const WITHOUT: &str = "<!doctype html><title>Trunkline</title><h1>The console is not in this build</h1>\
    <p>Run <code>make console</code>, then build again. The API works: see <a href=\"/openapi.json\">/openapi.json</a>.</p>";

fn main() {
    let variable = |name: &str| PathBuf::from(env::var_os(name).expect("cargo sets it"));
    let dist = variable("CARGO_MANIFEST_DIR").join("../../../web/apps/console/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    let folder = if dist.join("index.html").is_file() {
        dist
    } else {
        let empty = variable("OUT_DIR").join("console");
        fs::create_dir_all(&empty).expect("the build's own folder can be written");
        fs::write(empty.join("index.html"), WITHOUT).expect("the build's own folder can be written");
        empty
    };
    println!("cargo::rustc-env=CONSOLE_FOLDER={}", folder.display());
}
