//! The published description, from which the web's types are generated, is the one that the code gives.

use std::{env, fs, path::Path};

#[test]
fn the_published_description_is_what_the_code_gives() {
    is_published("openapi.json", &(api::openapi() + "\n"));
}

#[test]
fn the_published_description_of_subscriptions_is_what_the_code_gives() {
    is_published("asyncapi.json", &(api::asyncapi() + "\n"));
}

fn is_published(file: &str, given: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../web/packages/api-types").join(file);
    if env::var_os("UPDATE_OPENAPI").is_some() {
        fs::write(&path, given).expect("the file can be written");
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == given,
        "web/packages/api-types/{file} is out of date: run UPDATE_OPENAPI=1 cargo test -p api --test openapi, \
         then npm run generate in web/"
    );
}
